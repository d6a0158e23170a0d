//go:build !wasip1

package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// boundMemory makes the collector work harder near the bound, and ends the program beyond it: its host then starts it
// anew, and finds out which render it was.
func boundMemory(limit int64) {
	debug.SetMemoryLimit(limit - limit/8)
	go func() {
		samples := []metrics.Sample{
			{Name: "/memory/classes/total:bytes"},
			{Name: "/memory/classes/heap/released:bytes"},
		}
		for range time.Tick(20 * time.Millisecond) {
			metrics.Read(samples)
			if used := samples[0].Value.Uint64() - samples[1].Value.Uint64(); used > uint64(limit) {
				os.Stderr.WriteString("renderer: memory limit reached\n")
				os.Exit(3)
			}
		}
	}()
}
