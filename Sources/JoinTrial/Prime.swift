enum Prime {}
