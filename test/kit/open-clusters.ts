/**
 * The clusters that tests have made. This file imports nothing, since every test file loads it: a unit test should not
 * load the whole operator.
 */
interface Open {
  end(): Promise<void>;
}

const open = new Set<Open>();

/** A cluster that is ended when the tests of its file are over. */
export const endsWithItsFile = (cluster: Open): void => void open.add(cluster);

/**
 * Ends every cluster and operator that there is: node keeps combined AbortSignals, and with them whole clusters, until
 * they abort.
 */
export async function endClusters(): Promise<void> {
  const all = [...open];
  open.clear();
  await Promise.all(all.map((cluster) => cluster.end()));
}
