package dev.counterfoil.custodian;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.answers.Caller;
import java.time.Instant;

/**
 * Somebody reads at a custodian what is of more than one tenant.
 *
 * @param caller who
 * @param address from where
 * @param log origin of the log
 * @param what {@code records} or {@code tenants}
 * @param from first position that is given
 * @param to the one behind the last
 * @param at when
 */
public record Access(
    Caller caller, String address, String log, String what, long from, long to, Instant at) {
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("read_at_ms", at.toEpochMilli())
        .put("domain", caller.domain())
        .put("client", caller.client())
        .put("tenant", caller.tenant())
        .put("address", address)
        .put("log", log)
        .put("what", what)
        .put("from", from)
        .put("to", to)
        .build();
  }
}
