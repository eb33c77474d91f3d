/** How the kubelet and containerd word what they tell of a container. */

/** Go prints whole minutes as `2m40s` and `5m0s`. */
export function goDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

/** Made up, but the same for the same image. */
export function imageSize(image: string): number {
  let size = 20_000_000;
  for (let i = 0; i < image.length; i++) size += image.charCodeAt(i) * 104_729 * (i + 1);
  return size;
}

/** As containerd words it. */
export function pullError(kind: string, image: string): string {
  const reference = image.includes('/') ? image : `docker.io/library/${image}`;
  const full = /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
  const prefix = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": `;
  switch (kind) {
    case 'not-found':
      return `rpc error: code = NotFound desc = ${prefix}${full}: not found`;
    case 'unauthorized':
      return `${prefix}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;
    case 'unreachable':
      return `${prefix}failed to do request: Head "https://${full.replace(/:([^/]+)$/, '/manifests/$1')}": dial tcp: lookup ${full.split('/')[0] ?? ''}: no such host`;
    default:
      return kind;
  }
}
