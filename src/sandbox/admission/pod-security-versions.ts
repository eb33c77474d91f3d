/** Checks of the Pod Security Standards that came later, by the minor version that has them first. */
export const NEWER_CHECKS: Readonly<Record<string, number>> = {
  allowPrivilegeEscalation: 8,
  capabilities_restricted: 22,
  hostProbesAndHostLifecycle: 34,
  procMount_restricted: 35,
  runAsUser: 23,
  seccompProfile_restricted: 19,
};

/** The newest version of the standards that this server knows: later ones mean this one. */
export const NEWEST_STANDARDS = 35;
