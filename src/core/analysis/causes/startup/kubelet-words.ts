/**
 * What kubelets, the attach controller and network plugins say of volumes and networks, over their versions. What is
 * named here has a cause of its own; the rest is said by the causes that quote the message.
 * https://github.com/kubernetes/kubernetes/tree/master/pkg/volume
 */

/** `driver name … not found` is of kubelets, `CSINode … does not contain` of the attach controller. */
export const DRIVER_MISSING =
  /driver name (\S+) not found in the list of registered CSI drivers|CSINode \S+ does not contain driver (\S+)/;
/** Older releases say `attachment timeout for volume`. */
export const ATTACH_TIMES_OUT =
  /timed out waiting for external-attacher of (\S+) CSI driver to attach volume|attachment timeout for volume (\S+)/;
export const FILESYSTEM_DAMAGED =
  /'?fsck'? found errors on device (\S+) but could not correct them|(?:bad superblock|superblock) on (\/dev\/[^\s,]+)|mount: .*(\/dev\/[^\s,:]+):? .*(?:Structure needs cleaning|can't read superblock)/;
export const HOST_PATH_WRONG = /hostPath type check failed: (\S+) is not (an? [a-z ]+)/;
/** Of NFS, Ceph and SMB: the words of the programs that mount them. */
export const SERVER_FAILS =
  /mount\.nfs4?: ((?:Connection (?:timed out|refused)|No route to host|Failed to resolve server|access denied by server|mounting \S+ failed|requested NFS version)[^\n]{0,80})|mount error\(\d+\): ((?:No route to host|Permission denied|Connection refused|could not connect)[^\n]{0,60})|mount error: ((?:no mds server is up|could not connect)[^\n]{0,60})/;

/** Of host-local, AWS, Azure, Calico and Cilium. */
export const ADDRESSES_USED_UP =
  /no IP addresses available in range set|failed to assign an IP address to container|[Nn]o more free affine blocks|range is full|[Nn]o available (?:IP )?addresses|insufficient free (?:IP )?addresses/;
/** Nothing has set the network of the node up, or what has is not there any more. */
export const PLUGIN_MISSING =
  /cni plugin not initialized|cni config uninitialized|[Nn]o CNI configuration file in|failed to find plugin "([^"]+)" in path|subnet\.env: no such file|stat \/var\/lib\/calico\/nodename: no such file|dial unix \S*(?:cilium|multus|calico|aws-node|azure-vnet)\S*: connect/;

const HAVE_A_CAUSE = [
  DRIVER_MISSING,
  ATTACH_TIMES_OUT,
  FILESYSTEM_DAMAGED,
  HOST_PATH_WRONG,
  SERVER_FAILS,
  ADDRESSES_USED_UP,
  PLUGIN_MISSING,
];
export const hasCauseOfItsOwn = (text: string): boolean => HAVE_A_CAUSE.some((words) => words.test(text));
