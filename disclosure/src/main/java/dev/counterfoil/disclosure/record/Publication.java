package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A version of the public statement.
 *
 * @param position of its entry, for the receipt
 * @param at when it was published
 * @param approvers who approved it, the publisher last
 * @param incident who and what was touched, as it was approved
 * @param statement what it says
 * @param signed how it was signed, without its receipt
 * @param texts that stood around the claims
 */
public record Publication(
    long position,
    Instant at,
    List<String> approvers,
    AffectedIncident incident,
    PublicStatement statement,
    SignedDisclosure signed,
    Map<String, String> texts) {
  public Publication {
    approvers = List.copyOf(approvers);
    texts = Map.copyOf(texts);
  }

  /** What is recorded of one. */
  public static JsonObject body(
      List<String> approvers,
      PublicStatement statement,
      SignedDisclosure signed,
      Map<String, String> texts) {
    return JsonObject.builder()
        .put("approvers", approvers)
        .put("statement", statement.toJson())
        .put("signed", signed.text())
        .put("texts", json(texts))
        .build();
  }

  static Publication of(RecordEntry entry, AffectedIncident incident) throws FormatException {
    return new Publication(
        entry.position(),
        entry.at(),
        entry.body().strings("approvers"),
        incident,
        PublicStatement.parse(entry.body().object("statement")),
        SignedDisclosure.parse(entry.body().string("signed").getBytes(StandardCharsets.UTF_8)),
        texts(entry.body().object("texts")));
  }

  /** Texts by their names. */
  public static Map<String, String> texts(JsonObject json) throws FormatException {
    Map<String, String> texts = new TreeMap<>();
    for (String name : json.names()) {
      texts.put(name, json.string(name));
    }
    return texts;
  }

  /** The same as JSON. */
  public static JsonObject json(Map<String, String> texts) {
    JsonObject.Builder json = JsonObject.builder();
    new TreeMap<>(texts).forEach(json::put);
    return json.build();
  }
}
