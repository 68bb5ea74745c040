// Package cparse reads unbuilt kernel C: no compiler, no configuration step.
package cparse
