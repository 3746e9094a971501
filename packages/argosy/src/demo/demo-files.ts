// @table: the files of the demonstration repository, as a newcomer finds them.

/** Path inside the repository → content. */
export const demoFiles: { readonly [path: string]: string } = {
  'README.md': `# The demo repository

Argosy keeps the cluster equal to the folder \`app\` of this repository. Try it:

1. Change GREETING in app/deployment.yaml and commit. The service rolls over to the new greeting.
2. Delete something with kubectl: \`kubectl -n demo delete service web\`. It comes back.
3. Remove a file and commit. What it described is deleted.
`,
  'app/configmap.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  server.mjs: |
    import { createServer } from 'node:http';

    const { GREETING, HOST, PORT, POD_NAME } = process.env;
    const server = createServer((request, response) => {
      console.log(\`\${request.method} \${request.url}\`);
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(request.url === '/healthz' ? 'ok\\n' : \`\${GREETING} from \${POD_NAME}\\n\`);
    });
    server.listen(Number(PORT), HOST, () => console.log(\`listening on \${HOST}:\${PORT}\`));
    process.on('SIGTERM', () => server.close(() => process.exit(0)));
`,
  'app/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: web
          image: node:20-slim
          command: [node, /srv/web/server.mjs]
          env:
            - name: GREETING
              value: Hello
            - name: PORT
              value: "8080"
            - name: HOST
              valueFrom:
                fieldRef:
                  fieldPath: status.podIP
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
          ports:
            - containerPort: 8080
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8080
            periodSeconds: 1
          volumeMounts:
            - name: program
              mountPath: /srv/web
      volumes:
        - name: program
          configMap:
            name: web
`,
  'app/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 8080
      targetPort: 8080
`,
  'app/workflow.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: tour
spec:
  entrypoint: main
  templates:
    - name: main
      dag:
        tasks:
          - name: pick
            template: pick
          - name: left
            depends: pick
            template: say
            arguments:
              parameters:
                - name: text
                  value: "left hand got {{tasks.pick.outputs.result}}"
          - name: right
            depends: pick
            template: say
            arguments:
              parameters:
                - name: text
                  value: "right hand got {{tasks.pick.outputs.result}}"
    - name: pick
      script:
        image: node:20-slim
        command: [node]
        source: |
          console.log(6 * 7);
    - name: say
      inputs:
        parameters:
          - name: text
      container:
        image: busybox
        command: [echo]
        args: ["{{inputs.parameters.text}}"]
`,
};
