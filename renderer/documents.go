package main

import "bytes"

const largeFileMagic = "version https://git-lfs.github.com/spec/v1"

// isLargeFilePointer is true for what Git holds in place of a file that Git LFS keeps elsewhere.
func isLargeFilePointer(content []byte) bool {
	return bytes.HasPrefix(content, []byte(largeFileMagic))
}

func largeFilePointerProblem(file string) Problems {
	return problemIn(codeLargeFilePointer, file, 1, "the file is a Git LFS pointer, not its content")
}
