/** Validation of `spec.conversion`: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation. */
import { X509Certificate } from 'node:crypto';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, type Draft } from '../machinery/json.ts';
import { clientConfigErrors } from '../outside/url-validation.ts';
import { dns1035LabelProblems } from '../../std/names.ts';

/** The internal form, in whose words fields are named, has no `webhook` between. */
const PATH = 'spec.conversion';

export function conversionErrors(spec: Draft, bundles: 'bundle checked' | 'bundle unchecked'): FieldError[] {
  const conversion = asObject(spec['conversion']);
  if (!conversion) return [];
  const strategy = asText(conversion['strategy']);
  const errors =
    strategy === ''
      ? [required(`${PATH}.strategy`)]
      : ['None', 'Webhook'].includes(strategy)
        ? []
        : [notSupported(`${PATH}.strategy`, strategy, ['None', 'Webhook'])];
  const config = asObject(at(conversion, 'webhook', 'clientConfig'));
  const versions = asList(at(conversion, 'webhook', 'conversionReviewVersions')).map(asText);
  const stray = (field: string) =>
    forbiddenField(`${PATH}.${field}`, 'should not be set when strategy is not set to Webhook');
  if (strategy !== 'Webhook')
    return [
      ...errors,
      ...(config ? [stray('webhookClientConfig')] : []),
      ...(versions.length > 0 ? [stray('conversionReviewVersions')] : []),
    ];
  return [
    ...errors,
    ...(config
      ? clientConfigErrors(config, `${PATH}.webhookClientConfig`)
      : [required(`${PATH}.webhookClientConfig`, 'required when strategy is set to Webhook')]),
    ...(bundles === 'bundle checked' ? bundleErrors(spec) : []),
    ...reviewVersionErrors(versions),
  ];
}

function reviewVersionErrors(versions: readonly string[]): readonly FieldError[] {
  const path = `${PATH}.conversionReviewVersions`;
  if (versions.length === 0) return [required(path)];
  const each = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalidValue(`${path}[${index}]`, version, 'duplicate version')]
      : dns1035LabelProblems(version).map((problem) => invalidValue(`${path}[${index}]`, version, problem)),
  );
  if (versions.some((version) => version === 'v1' || version === 'v1beta1')) return each;
  return [...each, invalidValue(path, versions, 'must include at least one of v1, v1beta1')];
}

/** Of a definition that is served, a bundle of certificates must be one; before, it keeps it from being served. */
export function bundleErrors(spec: unknown): readonly FieldError[] {
  const bundle = asText(at(spec, 'conversion', 'webhook', 'clientConfig', 'caBundle'));
  const problem = bundle === '' ? undefined : bundleProblem(Buffer.from(bundle, 'base64').toString('latin1'));
  if (problem === undefined) return [];
  return [invalidValue(`${PATH}.webhookClientConfig.caBundle`, bundle, `unable to load root certificates: ${problem}`)];
}

function bundleProblem(pem: string): string | undefined {
  const blocks = [...pem.matchAll(/-----BEGIN ([^-\n]+)-----\r?\n([\s\S]*?)-----END \1-----/g)];
  if (blocks.length === 0) return 'unable to parse bytes as PEM block';
  const certificates = blocks.filter(([, type, body = '']) => type === 'CERTIFICATE' && !body.includes(':'));
  for (const [text] of certificates) {
    try {
      return new X509Certificate(text).raw.length > 0 ? undefined : 'no valid certificate authority data seen';
    } catch {
      return 'failed to parse certificate: x509: malformed certificate';
    }
  }
  return 'no valid certificate authority data seen';
}
