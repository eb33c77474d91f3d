import { saysInLog } from './log.ts';

export const certificateInvalid = saysInLog({
  family: 'runtime',
  pattern:
    /x509: |certificate has expired|certificate is not yet valid|unable to find valid certification path|CERT_HAS_EXPIRED|CERTIFICATE_VERIFY_FAILED|tls: bad certificate|PKIX path/,
  means: 'A certificate has expired, or is not trusted.',
  todo: 'Renew the certificate, or give the program the authority that signed it.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['restart'], pointless: ['scale', 'resize'], harmful: [] },
  text: (name) => `${name} does not trust a certificate, or is not trusted with its own.`,
});
