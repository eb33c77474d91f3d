/** A long session of kubectl, healing's own kinds included; each line builds on those before. */
import { join } from 'node:path';

const CRDS = join(import.meta.dirname, '../../config/crd/bases');
const deployment = (replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {sandbox.kubeskippy.io/script: "{logs: {lines: [hello, world]}}"}
    spec:
      containers:
        - {name: web, image: "registry.example/web:1", resources: {requests: {cpu: 100m, memory: 64Mi}}}
`;
export const FILES: Readonly<Record<string, string>> = {
  'web.yaml': deployment(2),
  'web-3.yaml': deployment(3),
  'unknown-field.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ndate: {}\n',
  'nightly.yaml': `
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: 0 2 * * *
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: tool, image: "registry.example/tool:1"}]}}}
`,
  'budget.yaml': `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: second}
spec: {minAvailable: 1, selector: {matchLabels: {app: second}}}
`,
  'policy.yaml': `
apiVersion: kubeskippy.io/v1alpha1
kind: HealingPolicy
metadata: {name: crashes}
spec:
  mode: monitor
  selector: {resources: [{apiVersion: apps/v1, kind: Deployment}]}
  triggers: [{name: looping, type: condition, conditionTrigger: {type: CrashLoopBackOff, status: "True"}}]
  actions: [{name: restart, type: restart}]
`,
  'bad-policy.yaml': `
apiVersion: kubeskippy.io/v1alpha1
kind: HealingPolicy
metadata: {name: bad}
spec:
  selector: {resources: []}
  triggers: []
  actions: [{name: restart, type: restart, triggers: [absent]}]
`,
  'action.yaml': `
apiVersion: kubeskippy.io/v1alpha1
kind: HealingAction
metadata: {name: by-hand}
spec:
  targetResource: {apiVersion: apps/v1, kind: Deployment, name: web, namespace: shop}
  action: {name: restart, type: restart}
`,
};

/**
 * `newer`: a command or flag that came later. `older`: how its effect is reached without. Newer ones know OpenAPI v3
 * (1.27).
 */
export type Generation = 'newer' | 'older';
/** Words are parted by spaces; `~` is a space inside a word. Code 0 unless given. */
type Line = readonly [command: string, expected: RegExp, code?: number, only?: Generation];

const BASICS: readonly Line[] = [
  ['version -o json', /"minor": "36"/],
  ['api-versions', /apps\/v1\n[^]*metrics\.k8s\.io\/v1beta1/],
  ['api-resources --api-group=apps', /deployments +deploy +apps\/v1 +true +Deployment/],
  ['get --raw /readyz', /^ok/],
  ['get nodes', /node-1 +Ready +<none> +\S+ +v1\.36/],
  ['create namespace shop', /namespace\/shop created/],
  ['get namespace shop', /shop +Active/],
  ['create namespace shop', /namespaces "shop" already exists/, 1],
  ['-n shop create configmap settings --from-literal=a=1', /configmap\/settings created/],
  ['-n shop get configmap settings -o yaml', /data:\n {2}a: "1"\nkind: ConfigMap/],
  ['-n shop create secret generic key --from-literal=token=abc', /secret\/key created/],
  ['-n shop get secret key -o jsonpath={.data.token}', /^YWJj$/],
  ['-n shop describe secret key', /Type: +Opaque[^]*token: +3 bytes/],
  ['-n shop create serviceaccount robot', /serviceaccount\/robot created/],
  ['-n shop create token robot', /^[\w-]+\.[\w-]+\.[\w-]+\n?$/, 0, 'newer'],
  ['-n shop create role reader --verb=get,list --resource=pods', /role\.rbac\.authorization\.k8s\.io\/reader created/],
  [
    '-n shop create rolebinding reader --role=reader --serviceaccount=shop:robot',
    /rolebinding\.rbac\.authorization\.k8s\.io\/reader created/,
  ],
  ['-n shop describe rolebinding reader', /ServiceAccount +robot +shop/],
  ['-n shop create quota small --hard=pods=50', /resourcequota\/small created/],
  ['-n shop get resourcequota small -o jsonpath={.spec.hard.pods}', /^50$/],
  ['auth can-i delete nodes', /^yes/],
  ['-n shop label configmap settings tier=a', /configmap\/settings labeled/],
  ['-n shop get configmap -l tier=a -o name', /^configmap\/settings\n$/],
  ['-n shop label configmap settings tier=b', /'tier' already has a value \(a\), and --overwrite is false/, 1],
  ['-n shop annotate configmap settings note=kept', /configmap\/settings annotated/],
  ['-n shop label configmap settings tier-', /configmap\/settings (un)?labeled/],
  ['-n shop patch configmap settings --type=merge -p {"data":{"a":null,"b":"2"}}', /configmap\/settings patched/],
  [
    '-n shop patch configmap settings --type=json -p [{"op":"add","path":"/data/c","value":"3"}]',
    /configmap\/settings patched/,
  ],
  ['-n shop get configmap settings -o jsonpath={.data}', /^\{"b":"2","c":"3"\}$/],
  [
    '-n shop apply -f unknown-field.yaml',
    /(strict decoding error|ValidationError\(ConfigMap\)): unknown field "date"/,
    1,
  ],
  ['-n shop create configmap ghost --dry-run=server', /configmap\/ghost created \(server dry run\)/],
  [
    '-n shop create configmap Bad_Name',
    /ConfigMap "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/,
    1,
  ],
  ['-n shop get configmap ghost', /\(NotFound\): configmaps "ghost" not found/, 1],
  ['-n shop get things', /the server doesn't have a resource type "things"/, 1],
  ['-n shop get pods -l a==b==c', /unable to parse requirement|invalid|found '=='/i, 1],
];

const WORKLOADS: readonly Line[] = [
  ['-n shop apply -f web.yaml', /deployment\.apps\/web created/],
  ['-n shop apply -f web.yaml', /deployment\.apps\/web unchanged/],
  ['-n shop rollout status deployment/web --timeout=20s', /successfully rolled out/],
  ['-n shop get deployment web', /web +2\/2 +2 +2 /],
  ['-n shop get pods -o wide', /web-\S+ +1\/1 +Running +0 +\S+ +\S+ +node-[12]/],
  [
    '-n shop get pods -o custom-columns=NODE:.spec.nodeName,IMAGE:.spec.containers[0].image',
    /NODE +IMAGE\nnode-[12] +registry\.example\/web:1/,
  ],
  ['-n shop get pods --field-selector=status.phase=Running --no-headers', /^(web-\S+ +1\/1.*\n){2}$/],
  ['-n shop describe pods -l app=web', /Events:[^]*Scheduled[^]*Pulled[^]*Started/],
  ['-n shop logs deployment/web --tail=1', /^world\n/],
  ['-n shop diff -f web-3.yaml', /-  replicas: 2\n\+  replicas: 3/, 1],
  ['-n shop replace -f web-3.yaml', /deployment\.apps\/web replaced/],
  ['-n shop rollout status deployment/web --timeout=20s', /successfully rolled out/],
  ['-n shop scale deployment/web --replicas=2', /deployment\.apps\/web scaled/],
  ['-n shop wait --for=jsonpath={.status.replicas}=2 deployment/web --timeout=20s', /condition met/, 0, 'newer'],
  ['-n shop rollout status deployment/web --timeout=20s', /successfully rolled out/, 0, 'older'],
  ['-n shop set image deployment/web web=registry.example/web:2', /image updated/],
  ['-n shop rollout status deployment/web --timeout=20s', /successfully rolled out/],
  ['-n shop set env deployment/web MODE=fast', /env updated/],
  ['-n shop set resources deployment/web --limits=memory=128Mi', /resource requirements updated/],
  ['-n shop rollout history deployment/web', /1 +<none>\n2 +<none>\n3 +<none>\n4 +<none>/],
  ['-n shop rollout undo deployment/web --to-revision=1', /rolled back/],
  ['-n shop rollout restart deployment/web', /restarted/],
  ['-n shop rollout pause deployment/web', /paused/],
  ['-n shop rollout resume deployment/web', /resumed/],
  ['-n shop rollout status deployment/web --timeout=20s', /successfully rolled out/],
  [
    '-n shop get replicasets -o jsonpath={.items[*].metadata.annotations.deployment\\.kubernetes\\.io/revision}',
    /\b6\b/,
  ],
  [
    '-n shop autoscale deployment/web --min=3 --max=5 --cpu-percent=80',
    /horizontalpodautoscaler\.autoscaling\/web autoscaled/,
  ],
  ['-n shop wait --for=jsonpath={.spec.replicas}=3 deployment/web --timeout=20s', /condition met/, 0, 'newer'],
  ['-n shop describe hpa web', /Min replicas: +3[^]*Max replicas: +5/],
  ['-n shop expose deployment/web --port=80', /service\/web exposed/],
  ['-n shop get service web', /web +ClusterIP +10\.96\.\S+ +<none> +80\/TCP/],
  ['-n shop describe service web', /Endpoints: +\d+\.\d+\.\d+\.\d+:80/],
  ['-n shop create job once --image=registry.example/tool:1', /job\.batch\/once created/],
  ['-n shop get job once', /once +(Running +0|Complete +1)\/1/],
  [
    '-n shop create cronjob nightly --image=registry.example/tool:1 --schedule=0~2~*~*~*',
    /cronjob\.batch\/nightly created/,
    0,
    'newer',
  ],
  [
    '-n shop create cronjob nightly --image=i --schedule=0~2~*~*~*',
    /could not find the requested resource/,
    1,
    'older',
  ],
  ['-n shop create -f nightly.yaml', /cronjob\.batch\/nightly created/, 0, 'older'],
  ['-n shop get cronjob nightly', /nightly +0 2 \* \* \* +<none> +False +0 +<none>/],
  ['-n shop create job by-hand --from=cronjob/nightly', /job\.batch\/by-hand created/, 0, 'newer'],
  ['-n shop create deployment second --image=registry.example/second:1', /deployment\.apps\/second created/],
  ['-n shop wait --for=condition=Available deployment/second --timeout=20s', /condition met/],
  ['-n shop run tool --image=registry.example/tool:1 --restart=Never', /pod\/tool created/],
  ['-n shop wait --for=condition=Ready pod/tool --timeout=20s', /pod\/tool condition met/],
  ['-n shop top pods', /tool +\d+m +\d+Mi/],
  ['top nodes', /node-1 +\d+m +\d+% +\d+Mi/],
  ['-n shop get events --field-selector=involvedObject.name=web', /ScalingReplicaSet/],
  ['-n shop events --for deployment/web --types=Normal', /ScalingReplicaSet/, 0, 'newer'],
  [
    '-n shop create poddisruptionbudget second --selector=app=second --min-available=1',
    /poddisruptionbudget\.policy\/second created/,
    0,
    'newer',
  ],
  ['-n shop create -f budget.yaml', /poddisruptionbudget\.policy\/second created/, 0, 'older'],
  ['-n shop get pdb second', /second +1 +N\/A +0/],
  ['cordon node-1', /node\/node-1 cordoned/],
  ['get node node-1', /node-1 +Ready,SchedulingDisabled/],
  ['uncordon node-1', /node\/node-1 uncordoned/],
  ['taint node node-2 maintenance=yes:NoSchedule', /node\/node-2 tainted/],
  ['describe node node-1', /HolderIdentity: +node-1[^]*Ready +True .*KubeletReady/],
  ['describe node node-2', /Taints: +maintenance=yes:NoSchedule/],
  ['taint node node-2 maintenance-', /node\/node-2 untainted/],
  ['-n shop delete poddisruptionbudget second', /"second" deleted/],
  ['drain node-2 --ignore-daemonsets --force --timeout=20s', /node\/node-2 (drained|evicted)/],
  ['get pods -A --field-selector=spec.nodeName=node-2 --no-headers', /No resources found/],
  ['uncordon node-2', /node\/node-2 uncordoned/],
  ['explain pod.spec.containers.resources', /FIELD: resources <ResourceRequirements>|RESOURCE: resources <Object>/],
];

const HEALING: readonly Line[] = [
  [`apply -f ${CRDS}`, /healingactions\.kubeskippy\.io created\n[^]*healingpolicies\.kubeskippy\.io created/],
  ['wait --for=condition=Established crd/healingpolicies.kubeskippy.io --timeout=20s', /condition met/],
  ['api-resources --api-group=kubeskippy.io', /healingactions +ha +[^]*healingpolicies +hp /],
  ['explain hp.spec.mode', /FIELD: +mode <string>/],
  ['-n shop apply -f policy.yaml', /healingpolicy\.kubeskippy\.io\/crashes created/],
  // Its lists hold defaults that the file lacks, so kubectl sends a patch; the server finds nothing to change.
  ['-n shop apply -f policy.yaml', /healingpolicy\.kubeskippy\.io\/crashes configured/],
  ['-n shop get hp crashes -o jsonpath={.metadata.generation}', /^1$/],
  ['-n shop get hp', /NAME +MODE +READY +TARGETS +FIRING +BLOCKED +ACTIONS +LAST ACTION +AGE\ncrashes +monitor/],
  ['-n shop apply -f bad-policy.yaml', /triggers of an action must name triggers of the policy/, 1],
  [
    '-n shop patch hp crashes --type=merge -p {"spec":{"mode":"reckless"}}',
    /spec\.mode: Unsupported value: "reckless"/,
    1,
  ],
  ['-n shop patch hp crashes --type=merge -p {"spec":{"mode":"manual"}}', /patched/],
  ['-n shop get hp crashes -o jsonpath={.metadata.generation}', /^2$/],
  [
    '-n shop patch hp crashes --subresource=status --type=merge -p {"status":{"observedGeneration":2}}',
    /patched/,
    0,
    'newer',
  ],
  ['-n shop get hp crashes -o jsonpath={.metadata.generation}-{.status.observedGeneration}', /^2-2$/, 0, 'newer'],
  [
    '-n shop apply --server-side --field-manager=other -f policy.yaml',
    /conflict with "kubectl-patch"[^]*\.spec\.mode/,
    1,
  ],
  [
    '-n shop apply --server-side --force-conflicts -f policy.yaml',
    /healingpolicy\.kubeskippy\.io\/crashes serverside-applied/,
  ],
  ['-n shop diff -f policy.yaml', /^$/],
  ['-n shop describe hp crashes', /Kind: +HealingPolicy[^]*Mode: +monitor/],
  ['-n shop create -f action.yaml', /healingaction\.kubeskippy\.io\/by-hand created/],
  ['-n shop get ha', /NAME +POLICY +ACTION +TARGET +PHASE +MESSAGE +AGE\nby-hand /],
  ['-n shop patch ha by-hand --type=merge -p {"spec":{"timeout":"1m"}}', /spec is immutable/, 1],
  ['-n shop get ha by-hand -o json', /"retryPolicy": \{\n +"backoffDelay": "30s"/],
  ['-n shop delete ha by-hand', /healingaction\.kubeskippy\.io "by-hand" deleted/],
  ['-n shop delete deployment web --cascade=foreground --timeout=20s', /deployment\.apps "web" deleted/],
  ['-n shop get pods -l app=web', /No resources found in shop namespace/],
  [`delete -f ${CRDS} --timeout=20s`, /"healingpolicies\.kubeskippy\.io" deleted/],
  // Its discovery is cached: it asks, and hears that the kind is gone.
  ['-n shop get hp', /the server could not find the requested resource/, 1],
  ['delete namespace shop --timeout=20s', /namespace "shop" deleted/],
  [
    'get namespaces -o name',
    /^namespace\/default\nnamespace\/kube-node-lease\nnamespace\/kube-public\nnamespace\/kube-system\n$/,
  ],
];

const SESSION = [...BASICS, ...WORKLOADS, ...HEALING];

export const sessionOf = (generation: Generation): readonly Line[] =>
  SESSION.filter(([, , , only]) => only === undefined || only === generation);
