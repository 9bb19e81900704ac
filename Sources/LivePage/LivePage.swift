/// The live page's files, part of the binary.
public enum LivePage {
    public static let html = PackageResources.dashboard_html
    public static let style = PackageResources.dashboard_css
    public static let script = PackageResources.dashboard_js
}
