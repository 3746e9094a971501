import type { FieldError } from '@argosy/kube/schema';
import { isObject } from '@argosy/std';
import { numberAt, part, parts, textAt, type Draft } from '../draft.ts';
import {
  duplicateField,
  forbiddenField,
  invalidField,
  notFoundField,
  requiredField,
  unsupportedField,
} from '../errors.ts';
import { labelProblems } from '../names.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

function nameErrors(name: string, field: string): readonly FieldError[] {
  if (name === '') return [requiredField(field)];
  return labelProblems(name).map((problem) => invalidField(field, name, problem));
}

function oneOf(draft: Draft, key: string, given: { field: string; allowed: readonly string[] }): readonly FieldError[] {
  const value = draft[key];
  if (value === undefined || given.allowed.includes(value as string)) return [];
  return [unsupportedField(`${given.field}.${key}`, value, given.allowed)];
}

function portErrors(port: Draft, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const number = numberAt(port, 'containerPort');
  if (number === undefined || number === 0) errors.push(requiredField(`${field}.containerPort`));
  else if (number < 1 || number > 65_535) {
    errors.push(invalidField(`${field}.containerPort`, number, 'must be between 1 and 65535, inclusive'));
  }
  return [...errors, ...oneOf(port, 'protocol', { field, allowed: PROTOCOLS })];
}

function environmentErrors(variable: Draft, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (textAt(variable, 'name') === '') errors.push(requiredField(`${field}.name`));
  const source = part(variable, 'valueFrom');
  if (source === undefined) return errors;
  if (textAt(variable, 'value') !== '') {
    errors.push(invalidField(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty'));
  }
  const count = SOURCES.filter((name) => isObject(source[name])).length;
  if (count === 0)
    errors.push(
      invalidField(
        `${field}.valueFrom`,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  if (count > 1) {
    errors.push(invalidField(`${field}.valueFrom`, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function probeErrors(probe: Draft | undefined, field: string, onlyOnce: boolean): readonly FieldError[] {
  if (probe === undefined) return [];
  const errors: FieldError[] = [];
  const count = HANDLERS.filter((name) => isObject(probe[name])).length;
  if (count === 0) errors.push(requiredField(field, 'must specify a handler type'));
  if (count > 1) {
    errors.push({
      reason: 'FieldValueForbidden',
      field,
      message: 'Forbidden: may not specify more than 1 handler type',
    });
  }
  if (onlyOnce && (numberAt(probe, 'successThreshold') ?? 1) !== 1) {
    errors.push(invalidField(`${field}.successThreshold`, probe['successThreshold'], 'must be 1'));
  }
  for (const key of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'failureThreshold']) {
    const value = numberAt(probe, key);
    if (value !== undefined && value < 0) {
      errors.push(invalidField(`${field}.${key}`, value, 'must be greater than or equal to 0'));
    }
  }
  return errors;
}

function mountErrors(container: Draft, given: { field: string; volumes: readonly string[] }): readonly FieldError[] {
  const errors: FieldError[] = [];
  const paths: string[] = [];
  parts(container, 'volumeMounts').forEach((mount, index) => {
    const at = `${given.field}.volumeMounts[${index}]`;
    const name = textAt(mount, 'name');
    const path = textAt(mount, 'mountPath');
    if (name === '') errors.push(requiredField(`${at}.name`));
    else if (!given.volumes.includes(name)) errors.push(notFoundField(`${at}.name`, name));
    if (path === '') errors.push(requiredField(`${at}.mountPath`));
    else if (paths.includes(path)) errors.push(invalidField(`${at}.mountPath`, path, 'must be unique'));
    paths.push(path);
  });
  return errors;
}

function initErrors(container: Draft, field: string): readonly FieldError[] {
  if (container['restartPolicy'] === 'Always') return [];
  return ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']
    .filter((key) => isObject(container[key]))
    .map((key) => ({
      reason: 'FieldValueForbidden',
      field: `${field}.${key}`,
      message: 'Forbidden: may not be set for init containers without restartPolicy=Always',
    }));
}

interface ContainerContext {
  readonly field: string;
  readonly volumes: readonly string[];
  readonly init: boolean;
}

function containerErrors(container: Draft, context: ContainerContext): readonly FieldError[] {
  const { field, init } = context;
  const image = textAt(container, 'image');
  const imageErrors =
    image === ''
      ? [requiredField(`${field}.image`)]
      : image.trim() === image
        ? []
        : [invalidField(`${field}.image`, image, 'must not have leading or trailing whitespace')];
  return [
    ...nameErrors(textAt(container, 'name'), `${field}.name`),
    ...imageErrors,
    ...oneOf(container, 'imagePullPolicy', { field, allowed: PULL_POLICIES }),
    ...parts(container, 'ports').flatMap((port, index) => portErrors(port, `${field}.ports[${index}]`)),
    ...parts(container, 'env').flatMap((item, index) => environmentErrors(item, `${field}.env[${index}]`)),
    ...mountErrors(container, context),
    ...probeErrors(part(container, 'livenessProbe'), `${field}.livenessProbe`, true),
    ...probeErrors(part(container, 'startupProbe'), `${field}.startupProbe`, true),
    ...probeErrors(part(container, 'readinessProbe'), `${field}.readinessProbe`, false),
    ...(init ? initErrors(container, field) : []),
  ];
}

function duplicateNames(names: readonly string[], field: (index: number) => string): readonly FieldError[] {
  return names.flatMap((name, index) =>
    name !== '' && names.indexOf(name) !== index ? [duplicateField(field(index), name)] : [],
  );
}

function volumeErrors(spec: Draft, field: string): readonly FieldError[] {
  const volumes = parts(spec, 'volumes');
  const names = volumes.map((volume) => textAt(volume, 'name'));
  return [
    ...volumes.flatMap((volume, index) => {
      const at = `${field}.volumes[${index}]`;
      const sources = Object.keys(volume).filter((key) => key !== 'name' && isObject(volume[key]));
      const many =
        sources.length > 1
          ? [
              {
                reason: 'FieldValueForbidden' as const,
                field: `${at}.${sources[1] ?? ''}`,
                message: 'Forbidden: may not specify more than 1 volume type',
              },
            ]
          : [];
      return [...nameErrors(textAt(volume, 'name'), `${at}.name`), ...many];
    }),
    ...duplicateNames(names, (index) => `${field}.volumes[${index}].name`),
  ];
}

function limitErrors(spec: Draft, field: string): readonly FieldError[] {
  const deadline = numberAt(spec, 'activeDeadlineSeconds');
  const errors: FieldError[] = [];
  if (deadline !== undefined && (deadline < 1 || deadline > 2_147_483_647)) {
    const why = 'must be between 1 and 2147483647, inclusive';
    errors.push(invalidField(`${field}.activeDeadlineSeconds`, deadline, why));
  }
  return errors;
}

/** Everything that we refuse in a pod spec at `field`; `more` names volumes that come from elsewhere (claim templates). */
export function podSpecErrors(spec: Draft, field: string, more: readonly string[] = []): readonly FieldError[] {
  const containers = parts(spec, 'containers');
  const inits = parts(spec, 'initContainers');
  const volumes = [...parts(spec, 'volumes').map((volume) => textAt(volume, 'name')), ...more];
  const names = [...inits, ...containers].map((container) => textAt(container, 'name'));
  const place = (index: number): string =>
    index < inits.length ? `initContainers[${index}]` : `containers[${index - inits.length}]`;
  return [
    ...volumeErrors(spec, field),
    ...(containers.length === 0 ? [requiredField(`${field}.containers`)] : []),
    ...inits.flatMap((container, index) =>
      containerErrors(container, { field: `${field}.initContainers[${index}]`, volumes, init: true }),
    ),
    ...containers.flatMap((container, index) =>
      containerErrors(container, { field: `${field}.containers[${index}]`, volumes, init: false }),
    ),
    ...duplicateNames(names, (index) => `${field}.${place(index)}.name`),
    ...oneOf(spec, 'restartPolicy', { field, allowed: RESTART_POLICIES }),
    ...oneOf(spec, 'dnsPolicy', { field, allowed: DNS_POLICIES }),
    ...limitErrors(spec, field),
  ];
}

const NOT_EPHEMERAL = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resizePolicy'];

/** Checks the ephemeral containers of a pod: names, and what none may have. */
export function ephemeralContainerErrors(spec: Draft, field: string): readonly FieldError[] {
  const list = parts(spec, 'ephemeralContainers');
  const others = [...parts(spec, 'initContainers'), ...parts(spec, 'containers')];
  const volumes = parts(spec, 'volumes').map((volume) => textAt(volume, 'name'));
  const names = [...others, ...list].map((container) => textAt(container, 'name'));
  const place = (index: number): string => `${field}[${index - others.length}].name`;
  return [
    ...list.flatMap((container, index) => [
      ...containerErrors(container, { field: `${field}[${index}]`, volumes, init: false }),
      ...NOT_EPHEMERAL.filter((key) => container[key] !== undefined).map((key) =>
        forbiddenField(`${field}[${index}].${key}`, 'cannot be set for an Ephemeral Container'),
      ),
    ]),
    ...duplicateNames(names, place),
  ];
}
