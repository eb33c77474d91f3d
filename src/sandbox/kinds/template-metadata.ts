/** What templates may say of the metadata of what is made of them: labels and annotations. */
import { type FieldError, forbiddenField } from '../machinery/field-errors.ts';
import { asObject } from '../machinery/json.ts';
import { annotationErrors, labelErrors } from '../machinery/metadata.ts';

export function templateMetadataErrors(metadata: unknown, path: string): readonly FieldError[] {
  const meta = asObject(metadata) ?? {};
  return [
    ...annotationErrors(meta['annotations'], `${path}.annotations`),
    ...labelErrors(meta['labels'], `${path}.labels`),
    ...Object.keys(meta)
      .filter((name) => name !== 'labels' && name !== 'annotations')
      .map((name) => forbiddenField(`${path}.${name}`, 'cannot be set')),
  ];
}
