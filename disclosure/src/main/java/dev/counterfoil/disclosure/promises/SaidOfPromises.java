package dev.counterfoil.disclosure.promises;

import dev.counterfoil.disclosure.promises.PromiseRecord.Said;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a domain said of its promises at a time, as it is signed and stands in the disclosure log.
 * Each names the one before it, so that none can be left out.
 *
 * @param domain trust domain that speaks
 * @param issuedAt when, to the second
 * @param previous digest of the signed one before; empty for the first
 * @param asOf up to when public data were looked at, in seconds since 1970
 * @param promises all that were ever given
 * @param said of each
 */
public record SaidOfPromises(
    String domain,
    Instant issuedAt,
    Optional<Hash> previous,
    long asOf,
    List<Promise> promises,
    List<Said> said) {
  /** The JWS type. */
  public static final String TYPE = "counterfoil-promises+jwt";

  private static final int PROMISES_MAX = 100;

  public SaidOfPromises {
    promises = List.copyOf(promises);
    said = List.copyOf(said);
    if (promises.size() > PROMISES_MAX
        || !promises.stream()
            .map(Promise::id)
            .distinct()
            .toList()
            .equals(said.stream().map(Said::id).toList())) {
      throw new IllegalArgumentException(
          "something is said of each of at most " + PROMISES_MAX + " promises, in their order");
    }
  }

  /** The same behind another one, which it names by its digest. */
  public SaidOfPromises after(Optional<Hash> before) {
    return new SaidOfPromises(domain, issuedAt, before, asOf, promises, said);
  }

  /** Why another one cannot follow this one; empty where it can. */
  public Optional<String> objection(SaidOfPromises next) {
    if (next.asOf <= asOf) {
      return Optional.of("what is said next is of a later time than " + asOf);
    }
    return promises.stream()
        .filter(promise -> !next.promises.contains(promise))
        .findFirst()
        .map(
            promise ->
                "promise "
                    + promise.id()
                    + " was published and is changed or missing. Put it back; a new bound is a new"
                    + " promise with an id of its own");
  }

  /** What is signed. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("domain", domain)
        .put("iat", issuedAt.getEpochSecond())
        .put("previous", previous.map(Hash::base64Url).orElse(null))
        .put("as_of", asOf)
        .put("promises", promises.stream().map(Promise::toJson).toList())
        .put("said", said.stream().map(Said::toJson).toList())
        .build();
  }

  /** Reads what was signed; IllegalArgumentException where it breaks a rule above. */
  public static SaidOfPromises parse(JsonObject json) throws FormatException {
    json.allowOnly("v", "domain", "iat", "previous", "as_of", "promises", "said");
    if (json.number("v") != 1) {
      throw new FormatException("what is said of promises is of another version");
    }
    List<Promise> promises = new ArrayList<>();
    for (JsonObject promise : json.objects("promises")) {
      promises.add(Promise.of(promise));
    }
    List<Said> said = new ArrayList<>();
    for (JsonObject one : json.objects("said")) {
      said.add(Said.of(one));
    }
    Optional<String> previous = json.optionalString("previous");
    return new SaidOfPromises(
        json.string("domain"),
        Instant.ofEpochSecond(PublicHistory.time(json, "iat")),
        previous.isPresent() ? Optional.of(Hash.parseBase64Url(previous.get())) : Optional.empty(),
        PublicHistory.time(json, "as_of"),
        promises,
        said);
  }
}
