{{/* Of every object. */}}
{{- define "counterfoil.labels" -}}
app.kubernetes.io/name: counterfoil
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{/* Of the pods of a part: dict "root" . "part" NAME. */}}
{{- define "counterfoil.selector" -}}
app.kubernetes.io/name: counterfoil
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{/* No rights, no writable root, no system call beyond the runtime's own filter, in which Landlock and seccomp are. */}}
{{- define "counterfoil.container" -}}
image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  runAsUser: {{ .user }}
  runAsGroup: 10000
  runAsNonRoot: true
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "counterfoil.memory" -}}
resources:
  requests: {cpu: 100m, memory: {{ . }}}
  limits: {memory: {{ . }}}
{{- end }}

{{- define "counterfoil.claim" -}}
- metadata: {name: {{ .name }}}
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .root.Values.storage.className }}
    storageClassName: {{ . | quote }}
    {{- end }}
    resources: {requests: {storage: {{ .size }}}}
{{- end }}
