package dev.counterfoil.rules.correlating;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;

/**
 * An event that fulfilled a rule, as a correlation takes it.
 *
 * @param rule which of the correlation's rules, by its place
 * @param timeMillis when it happened, milliseconds since 1970
 * @param key values of the fields to group by
 * @param peers values of the fields that like groups share
 * @param values of the fields that are counted or remembered, as text; empty where one is missing
 * @param number the same as a number; NaN where it is none
 * @param ids what names the events, for a reader
 * @param event the event
 */
public record Hit(
    int rule,
    long timeMillis,
    List<String> key,
    List<String> peers,
    List<String> values,
    double number,
    List<String> ids,
    JsonObject event) {
  public Hit {
    key = List.copyOf(key);
    peers = List.copyOf(peers);
    values = List.copyOf(values);
    ids = List.copyOf(ids);
  }
}
