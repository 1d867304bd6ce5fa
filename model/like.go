package model

import "strings"

// Containing is the pattern of LIKE … ESCAPE '\' for texts that contain a part; its own percent signs are percent signs.
func Containing(part string) string { return "%" + unpatterned.Replace(part) + "%" }

var unpatterned = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)
