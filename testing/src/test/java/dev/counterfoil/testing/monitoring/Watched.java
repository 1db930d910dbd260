package dev.counterfoil.testing.monitoring;

import java.util.List;

/**
 * Something that matters: an alert, a test of it, a row of docs/reference/metrics.md and a panel of
 * the dashboard.
 *
 * @param alert its name
 * @param metric a metric of the page
 * @param when it is bad, for people: "it is 0"
 * @param expression true while it is bad (PromQL)
 * @param lasting for how long it must be, such as 1m
 * @param severity page or ticket
 * @param summary one sentence
 * @param runbook a page of docs/, with an anchor
 * @param panel what the dashboard shows of it (PromQL)
 * @param unit of the panel, by Grafana's names
 * @param series the series of the test: labels included
 * @param healthy its values while all is well, in promtool's notation
 * @param sick its values while it is not
 */
record Watched(
    String alert,
    String metric,
    String when,
    String expression,
    String lasting,
    String severity,
    String summary,
    String runbook,
    String panel,
    String unit,
    String series,
    String healthy,
    String sick) {
  private static final String CRITICAL = "page";
  private static final String LATER = "ticket";

  private static Watched gauge(
      String alert,
      String metric,
      String labels,
      String when,
      String condition,
      String lasting,
      String severity,
      String summary,
      String runbook,
      String healthy,
      String sick) {
    return new Watched(
        alert,
        metric,
        when,
        metric + labels + " " + condition,
        lasting,
        severity,
        summary,
        runbook,
        metric + labels,
        "short",
        metric + sample(labels),
        healthy + "x60",
        sick + "x60");
  }

  /** Labels as a series has them: of alternatives the first. */
  private static String sample(String labels) {
    return labels.isEmpty()
        ? "{instance=\"a\"}"
        : labels.replaceAll("=~\"([a-z]+)(\\|[a-z]+)*\"", "=\"$1\"");
  }

  private static Watched grows(
      String alert, String metric, String severity, String summary, String runbook) {
    return new Watched(
        alert,
        metric,
        "it grows",
        "increase(" + metric + "[15m]) > 0",
        "0m",
        severity,
        summary,
        runbook,
        "rate(" + metric + "[5m])",
        "ops",
        metric + "{instance=\"a\"}",
        "7+0x60",
        "7+1x60");
  }

  /** In the order in which they matter. */
  static final List<Watched> ALL =
      List.of(
          gauge(
              "CounterfoilFindingOpen",
              "counterfoil_monitor_findings_open",
              "{severity=~\"critical|high\"}",
              "it is not 0",
              "> 0",
              "0m",
              CRITICAL,
              "A finding of severity {{ $labels.severity }} is open.",
              "docs/reference/findings.md",
              "0+0",
              "1+0"),
          new Watched(
              "CounterfoilNoSigner",
              "counterfoil_authority_signer_connected",
              "it is 0 for every signer",
              "max by (instance) (counterfoil_authority_signer_connected) == 0",
              "30s",
              CRITICAL,
              "The authority at {{ $labels.instance }} has no signer, so no token is issued.",
              "docs/runbooks/signer-lost.md",
              "sum by (signer) (counterfoil_authority_signer_connected)",
              "short",
              "counterfoil_authority_signer_connected{instance=\"a\", signer=\"s1\"}",
              "1+0x60",
              "0+0x60"),
          gauge(
              "CounterfoilSignerAway",
              "counterfoil_authority_signer_connected",
              "",
              "it is 0",
              "== 0",
              "1m",
              LATER,
              "Signer {{ $labels.signer }} is away.",
              "docs/runbooks/signer-lost.md",
              "1+0",
              "0+0"),
          gauge(
              "CounterfoilRegistrarAway",
              "counterfoil_authority_registrar_connected",
              "",
              "it is 0",
              "== 0",
              "1m",
              CRITICAL,
              "The authority at {{ $labels.instance }} has no registrar: nothing can be revoked.",
              "docs/runbooks/registrar-lost.md",
              "1+0",
              "0+0"),
          gauge(
              "CounterfoilGuardNotReady",
              "counterfoil_guard_ready",
              "",
              "it is 0: the guard refuses every token",
              "== 0",
              "1m",
              CRITICAL,
              "The guard at {{ $labels.instance }} refuses every token.",
              "docs/integrate/guard.md",
              "1+0",
              "0+0"),
          gauge(
              "CounterfoilKeyAlarm",
              "counterfoil_monitor_key_alarms",
              "",
              "it is not 0",
              "> 0",
              "1m",
              LATER,
              "Something about the keys of {{ $labels.domain }} is due: {{ $labels.kind }}.",
              "docs/operate/keys.md#what-calls-for-you",
              "0+0",
              "1+0"),
          gauge(
              "CounterfoilCosignerFailing",
              "counterfoil_authority_cosigner_healthy",
              "",
              "it is 0",
              "== 0",
              "5m",
              LATER,
              "Cosigner {{ $labels.cosigner }} does not cosign the logs of {{ $labels.process }}.",
              "docs/operate/cosigning.md#when-a-cosigner-fails",
              "1+0",
              "0+0"),
          gauge(
              "CounterfoilLogDamaged",
              "counterfoil_authority_log_damaged",
              "",
              "it is not 0",
              "> 0",
              "0m",
              CRITICAL,
              "A log of {{ $labels.process }} is damaged and cannot be mended.",
              "docs/operate/cosigning.md#repair",
              "0+0",
              "1+0"),
          gauge(
              "CounterfoilLimitNear",
              "counterfoil_limit_used_ratio",
              "",
              "it is above 0.8",
              "> 0.8",
              "5m",
              LATER,
              "{{ $labels.resource }} at {{ $labels.instance }} is nearly full.",
              "docs/reference/limits.md",
              "0.5+0",
              "0.9+0"),
          gauge(
              "CounterfoilMonitorLags",
              "counterfoil_monitor_lag",
              "",
              "it stays above 10,000",
              "> 10000",
              "5m",
              LATER,
              "The monitor lacks counterfoils of log {{ $labels.log }}: forgeries are found late.",
              "docs/operate/monitor.md",
              "0+0",
              "20000+0"),
          grows(
              "CounterfoilAuditLost",
              "counterfoil_authority_audit_lost_total",
              CRITICAL,
              "The authority at {{ $labels.instance }} lost audit events.",
              "docs/operate/audit-log.md"),
          grows(
              "CounterfoilAuthorityFails",
              "counterfoil_authority_requests_failed_total",
              LATER,
              "Requests fail at the authority {{ $labels.instance }}. Its log shows why.",
              "docs/operate/logs.md"),
          grows(
              "CounterfoilMonitorFails",
              "counterfoil_monitor_requests_failed_total",
              LATER,
              "Requests fail at the monitor {{ $labels.instance }}. Its log shows why.",
              "docs/operate/logs.md"),
          new Watched(
              "CounterfoilTokensSlow",
              "counterfoil_authority_requests_seconds",
              "the 99th percentile of `token` stays above 250 ms",
              "histogram_quantile(0.99, sum by (instance, le)"
                  + " (rate(counterfoil_authority_requests_seconds_bucket{endpoint=\"token\"}[5m])))"
                  + " > 0.25",
              "10m",
              LATER,
              "One token in a hundred takes more than 250 ms at {{ $labels.instance }}.",
              "docs/understand/performance.md",
              "histogram_quantile(0.99, sum by (instance, le)"
                  + " (rate(counterfoil_authority_requests_seconds_bucket{endpoint=\"token\"}[5m])))",
              "s",
              "counterfoil_authority_requests_seconds_bucket"
                  + "{endpoint=\"token\", instance=\"a\", le=\"1.0\"}",
              "0+0x60",
              "0+9x60"));
}
