package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.policy.TrustPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is said to the public about an incident, as claims. A statement is never edited: the next
 * version names the one before it by its digest and repeats every claim, so that what was wrong is
 * seen to have been wrong.
 *
 * @param incident the incident's name
 * @param domain trust domain that speaks
 * @param version counted from 1
 * @param previous digest of the signed version before; empty for the first
 * @param issuedAt when, to the second
 * @param claims in their order
 * @param corrections of claims that were wrong, the first first; none disappears
 * @param counts how many are affected; empty where nothing is said of it
 * @param texts what is published around the claims, such as headline and advice, by name
 */
public record PublicStatement(
    String incident,
    String domain,
    long version,
    Optional<Hash> previous,
    Instant issuedAt,
    List<Claim> claims,
    List<Correction> corrections,
    Optional<VictimCounts> counts,
    SortedMap<String, String> texts) {
  /** The JWS type. */
  public static final String TYPE = "counterfoil-claims+jwt";

  /** Most claims of a statement. */
  public static final int CLAIMS_MAX = 1000;

  private static final int TEXTS_MAX = 20;
  private static final int TEXT_LENGTH_MAX = 20_000;

  public PublicStatement {
    claims = List.copyOf(claims);
    corrections = List.copyOf(corrections);
    texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts));
    if (texts.size() > TEXTS_MAX
        || texts.keySet().stream().anyMatch(name -> !name.matches("[a-z][a-z0-9-]{0,39}"))
        || texts.values().stream().anyMatch(text -> text.length() > TEXT_LENGTH_MAX)) {
      throw new IllegalArgumentException(
          "a statement has at most 20 texts, with names such as summary, of 20,000 characters");
    }
    Set<String> ids = new HashSet<>();
    if (claims.isEmpty()
        || claims.size() > CLAIMS_MAX
        || !claims.stream().allMatch(claim -> ids.add(claim.id()))) {
      throw new IllegalArgumentException("a statement has 1 to 1,000 claims, each named once");
    }
    if (version < 1 || previous.isPresent() != (version > 1)) {
      throw new IllegalArgumentException("every version but the first names the one before it");
    }
  }

  /** The first version. */
  public static PublicStatement first(
      String incident, String domain, Instant issuedAt, List<Claim> claims) {
    return new PublicStatement(
        incident,
        domain,
        1,
        Optional.empty(),
        issuedAt,
        claims,
        List.of(),
        Optional.empty(),
        Collections.emptySortedMap());
  }

  /**
   * The version after this one.
   *
   * @param signed this version as it was published
   * @throws DisclosureException when a claim disappears, changes its words, or comes back after it
   *     was withdrawn
   */
  public PublicStatement next(SignedDisclosure signed, Instant newIssuedAt, List<Claim> newClaims)
      throws DisclosureException {
    return next(signed, newIssuedAt, newClaims, corrections, counts, texts);
  }

  /** The same with corrections, those of this version and new ones, and with its own texts. */
  public PublicStatement next(
      SignedDisclosure signed,
      Instant newIssuedAt,
      List<Claim> newClaims,
      List<Correction> newCorrections,
      Optional<VictimCounts> newCounts,
      SortedMap<String, String> newTexts)
      throws DisclosureException {
    var next =
        new PublicStatement(
            incident,
            domain,
            version + 1,
            Optional.of(signed.digest()),
            newIssuedAt,
            newClaims,
            newCorrections,
            newCounts,
            newTexts);
    Optional<String> objection = objection(next);
    if (objection.isPresent()) {
      throw new DisclosureException(objection.get());
    }
    return next;
  }

  /**
   * Verifies all versions offline, from the first on.
   *
   * @return the last one
   * @throws DisclosureException when one is not the domain's word, or does not follow from the one
   *     before it
   */
  public static PublicStatement verify(List<SignedDisclosure> versions, TrustPolicy policy)
      throws DisclosureException {
    Optional<PublicStatement> last = Optional.empty();
    Optional<Hash> lastDigest = Optional.empty();
    for (SignedDisclosure signed : versions) {
      PublicStatement statement = read(signed, policy);
      if (!statement.previous.equals(lastDigest)) {
        throw new DisclosureException(
            "version " + statement.version + " does not follow the one before it");
      }
      Optional<String> objection = last.flatMap(before -> before.objection(statement));
      if (objection.isPresent()) {
        throw new DisclosureException(objection.get());
      }
      last = Optional.of(statement);
      lastDigest = Optional.of(signed.digest());
    }
    return last.orElseThrow(() -> new DisclosureException("there is no version"));
  }

  /**
   * One version alone: that it is the domain's word, not what it follows.
   *
   * @throws DisclosureException when it must not be believed
   */
  public static PublicStatement read(SignedDisclosure signed, TrustPolicy policy)
      throws DisclosureException {
    try {
      return parse(signed.verify(TYPE, policy));
    } catch (FormatException | IllegalArgumentException e) {
      throw new DisclosureException("it is not a statement: " + e.getMessage(), e);
    }
  }

  /** A claim by its name. */
  public Optional<Claim> claim(String id) {
    return claims.stream().filter(claim -> claim.id().equals(id)).findFirst();
  }

  /** Why another statement cannot follow this one. */
  private Optional<String> objection(PublicStatement next) {
    if (!next.incident.equals(incident)
        || !next.domain.equals(domain)
        || next.version != version + 1
        || next.issuedAt.isBefore(issuedAt)) {
      return Optional.of("the next version is of another incident or domain, or out of order");
    }
    if (next.corrections.size() < corrections.size()
        || !next.corrections.subList(0, corrections.size()).equals(corrections)) {
      return Optional.of("a correction disappears or changes");
    }
    for (Claim claim : claims) {
      Optional<Claim> now = next.claim(claim.id());
      if (now.isEmpty()) {
        return Optional.of("claim " + claim.id() + " disappears: withdraw it instead");
      }
      if (!now.get().text().equals(claim.text())) {
        return Optional.of(
            "claim " + claim.id() + " changes its words: withdraw it and make another");
      }
      if (!claim.state().mayBecome(now.get().state())) {
        return Optional.of(
            "claim "
                + claim.id()
                + " was "
                + claim.state()
                + " and cannot become "
                + now.get().state());
      }
    }
    return Optional.empty();
  }

  /** What is signed. */
  public JsonObject toJson() {
    JsonObject json = plainJson();
    if (!corrections.isEmpty()) {
      json = json.with("corrections", corrections.stream().map(Correction::toJson).toList());
    }
    if (!texts.isEmpty()) {
      json = json.with("texts", json(texts));
    }
    return counts.isEmpty() ? json : json.with("counts", counts.get().toJson());
  }

  private JsonObject plainJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("incident", incident)
        .put("domain", domain)
        .put("version", version)
        .put("previous", previous.map(Hash::base64Url).orElse(null))
        .put("iat", issuedAt.getEpochSecond())
        .put("claims", claims.stream().map(Claim::toJson).toList())
        .build();
  }

  /** Reads what was signed; IllegalArgumentException where it breaks a rule above. */
  public static PublicStatement parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "v",
        "incident",
        "domain",
        "version",
        "previous",
        "iat",
        "claims",
        "corrections",
        "counts",
        "texts");
    Optional<JsonObject> texts = json.optionalObject("texts");
    Optional<JsonObject> counts = json.optionalObject("counts");
    List<Correction> corrections = new ArrayList<>();
    for (JsonObject one :
        json.has("corrections") ? json.objects("corrections") : List.<JsonObject>of()) {
      corrections.add(Correction.parse(one));
    }
    List<Claim> claims = new ArrayList<>();
    for (JsonObject claim : json.objects("claims")) {
      claims.add(Claim.parse(claim));
    }
    Optional<String> previous = json.optionalString("previous");
    return new PublicStatement(
        json.string("incident"),
        json.string("domain"),
        json.number("version"),
        previous.isPresent() ? Optional.of(Hash.parseBase64Url(previous.get())) : Optional.empty(),
        Instant.ofEpochSecond(json.number("iat")),
        claims,
        corrections,
        counts.isEmpty() ? Optional.empty() : Optional.of(VictimCounts.parse(counts.get())),
        texts.isEmpty() ? Collections.emptySortedMap() : texts(texts.get()));
  }

  /** Texts by their names. */
  public static SortedMap<String, String> texts(JsonObject json) throws FormatException {
    SortedMap<String, String> texts = new TreeMap<>();
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
