package main

// renderDirectory takes the manifests of a folder as they are.
func renderDirectory(request *Request, files *Files) (*Result, error) {
	return nil, problemf(codeInvalidYAML, "folders are not rendered yet")
}
