package dev.counterfoil.keycloak;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/** The record's figures beside Keycloak's, which shows them with {@code metrics-enabled=true}. */
final class RecordMeters {
  private RecordMeters() {}

  static void register(MeterRegistry meters, Recorder recorder, LongAdder noTokens) {
    tokens(meters, recorder, "recorded", Recorder::recorded);
    tokens(meters, recorder, "released", Recorder::released);
    tokens(meters, recorder, "refused", Recorder::refused);
    tokens(meters, recorder, "late", Recorder::late);
    FunctionCounter.builder("counterfoil.keycloak.other.signatures", noTokens, LongAdder::sum)
        .description("Signatures over bytes that are no token, which are not recorded")
        .register(meters);
    FunctionTimer.builder(
            "counterfoil.keycloak.record",
            recorder,
            each -> each.recorded() + each.released(),
            Recorder::waitedNanos,
            TimeUnit.NANOSECONDS)
        .description("How long tokens that were released waited for the record")
        .register(meters);
    Gauge.builder("counterfoil.keycloak.waiting", recorder, Recorder::waiting)
        .description("Tokens that wait for the record door")
        .register(meters);
    Gauge.builder("counterfoil.keycloak.kept", recorder, Recorder::waitingLate)
        .description("Tokens that were released unrecorded, and are not handed in yet")
        .register(meters);
    Gauge.builder(
            "counterfoil.keycloak.door.reachable",
            recorder,
            each -> each.state().kind() == DoorState.Kind.REACHABLE ? 1 : 0)
        .description("1 while the record door answers")
        .register(meters);
  }

  private static void tokens(
      MeterRegistry meters, Recorder recorder, String outcome, ToDoubleFunction<Recorder> count) {
    FunctionCounter.builder("counterfoil.keycloak.tokens", recorder, count)
        .description("Tokens by outcome")
        .tag("outcome", outcome)
        .register(meters);
  }
}
