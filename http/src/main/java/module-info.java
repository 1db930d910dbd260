/** What the HTTP side of all processes shares. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.http {
  requires transitive dev.counterfoil.verifier;
  requires transitive io.helidon.webserver;
  requires transitive micrometer.registry.prometheus;
  requires transitive org.jspecify;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.common.task;
  requires io.helidon.common.tls;
  requires io.helidon.http;
  requires io.prometheus.metrics.instrumentation.jvm;
  requires io.prometheus.metrics.model;
  requires micrometer.core;

  exports dev.counterfoil.http.answers;
  exports dev.counterfoil.http.listener;
  exports dev.counterfoil.http.outbound;
}
