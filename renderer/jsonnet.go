package main

// renderJsonnet evaluates a Jsonnet file that lies in the tree.
func renderJsonnet(request *Request, files *Files) (*Result, error) {
	return nil, problemf(codeJsonnet, "Jsonnet is not rendered yet")
}
