/** What the HTTP listeners of all processes share. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.listener {
  requires transitive io.helidon.webserver;
  requires transitive org.jspecify;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.common.task;
  requires io.helidon.http;

  exports dev.counterfoil.listener;
}
