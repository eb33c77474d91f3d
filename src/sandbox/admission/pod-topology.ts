/** PodTopologyLabels: a pod says in which zone and region its node is. */
import { asText, at, childOf } from '../machinery/json.ts';
import type { AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import { keyText } from '../machinery/store.ts';
import { topologyOf } from '../machinery/topology.ts';

/** Of the node of that name; none when there is no such node. */
export const topologyLabels = (machinery: Machinery, node: string): Readonly<Record<string, string>> =>
  topologyOf(machinery.store.collection('nodes').get(keyText('', node)));

/** Pods that are made with their node; the others are labelled as they are bound. */
export const podTopology: AdmissionPlugin = {
  admit: ({ operation, type, subresource, object }, machinery) => {
    if (!object || operation !== 'CREATE' || type.group !== '' || type.resource !== 'pods' || subresource !== '')
      return;
    const node = asText(at(object, 'spec', 'nodeName'));
    const labels = node === '' ? {} : topologyLabels(machinery, node);
    if (Object.keys(labels).length > 0) Object.assign(childOf(metaOf(object), 'labels'), labels);
  },
};
