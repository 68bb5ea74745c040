// Package rules says what locks are and how they must nest.
package rules
