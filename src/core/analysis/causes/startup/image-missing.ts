import { imageOf, isOfficial } from './images.ts';
import { PULL, startFails, workloadName } from './container-wait.ts';

const NOT_FOUND = /not found|NotFound|manifest unknown|does not exist|manifest for|no such image|name unknown/i;
const REFUSED = /unauthorized|denied|authoriz|authentication|403 Forbidden|401 Unauthorized/i;
const ELSEWHERE =
  /no such host|server misbehaving|i\/o timeout|connection refused|no match for platform|no image found in|x509|toomanyrequests|50[234] /i;

export const imageMissing = startFails({
  ...PULL,
  message:
    /image "([^"]+)"[\s\S]*(?:not found|NotFound|manifest unknown|does not exist|manifest for|no such image|name unknown|unauthorized|denied|authoriz|authentication|Forbidden)/i,
  means: 'The registry has no image of that name and tag.',
  todo: 'Correct the image of the template, or push the image.',
  when: 'The kubelet cannot pull the image, and the registry says that it is not found. For an official image of Docker a refusal says the same.',
  unless: 'The host of the registry does not resolve or answer, or it asks for credentials.',
  only(pod, { text }) {
    if (ELSEWHERE.test(text)) return false;
    if (REFUSED.test(text)) return isOfficial(imageOf(pod));
    return NOT_FOUND.test(text);
  },
  text: (pod, [image], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the registry has no image ${image || imageOf(pod)}.`,
});
