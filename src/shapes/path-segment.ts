/**
 * What can be one part of a path of the API, and so the name of an object: no `/` and no `%`, neither `.` nor `..`, no
 * control characters. Anything else addresses another object: `kube-system/services/kube-dns` as the name of a
 * Namespace is a Service to the server, encoded or not. RE2 reads the pattern too, so that CRDs can have it.
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/staging/src/k8s.io/apimachinery/pkg/api/validation/path/name.go
 */
// oxlint-disable-next-line no-control-regex
export const PATH_SEGMENT = /^\.*[^./%\x00-\x1f\x7f][^/%\x00-\x1f\x7f]*$/;
