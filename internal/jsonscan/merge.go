// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

// AppendMerged appends to dst the object a with b's members merged over it,
// one level deep: a's members keep their place, a member of both takes b's
// value there, b's new members follow. Names and values are copied byte for
// byte; a name that b repeats counts once, with its last value. Both must be
// valid objects or blank, which is an empty object.
func AppendMerged(dst []byte, a, b string) []byte {
	type update struct {
		value string
		done  bool
	}
	updates := make(map[string]update)
	for name, value := range Members(b) {
		updates[name] = update{value: value}
	}

	dst = append(dst, '{')
	empty := len(dst)
	add := func(name, value string) {
		if len(dst) > empty {
			dst = append(dst, ',')
		}
		dst = append(dst, name...)
		dst = append(dst, ':')
		dst = append(dst, value...)
	}
	for quoted, value := range members(a) {
		name := unquote(quoted)
		u, ok := updates[name]
		switch {
		case !ok:
			add(quoted, value)
		case !u.done:
			add(quoted, u.value)
			updates[name] = update{done: true}
		}
	}
	for quoted := range members(b) {
		name := unquote(quoted)
		if u := updates[name]; !u.done {
			add(quoted, u.value)
			updates[name] = update{done: true}
		}
	}
	return append(dst, '}')
}
