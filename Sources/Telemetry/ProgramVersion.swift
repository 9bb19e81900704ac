/// What this program calls itself in `--version`, on pages and in metrics; CHANGELOG.md says what each brought.
public enum ProgramVersion {
    public static let text = "0.6.0"
}
