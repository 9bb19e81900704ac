/// Every number of the journal, with its reason.
package enum JournalDefaults {
    /// Joins in memory, each some 600 bytes: what a lookup finds without the disk, and what later news is added to. At a hundred
    /// joins a second they are those of the last 40 s; an introduction that is going well takes less.
    package static let remembered = 4_096
    /// Joins written in a second. A thousand take some 20 ms of a thread that does nothing else.
    package static let writtenPerSecond = 1_000
    /// News in a second of joins that are on the disk alone: each costs a read.
    package static let lateNewsPerSecond = 200
    package static let pace = Duration.seconds(1)
}
