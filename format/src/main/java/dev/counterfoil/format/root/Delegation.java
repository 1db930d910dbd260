package dev.counterfoil.format.root;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The root's word that a registrar's statement key may state token keys of one trust domain, within
 * bounds and for one window of time.
 *
 * @param version rises with each delegation of the domain
 * @param domain the trust domain
 * @param issuer its issuer URL
 * @param statementKey the registrar's Ed25519 key
 * @param bounds the most that any stated key may do
 * @param issued when it was made, by the clock of the ceremony
 * @param notBefore start of the window
 * @param notAfter end of the window, exclusive; at most 30 days after its start
 */
public record Delegation(
    long version,
    String domain,
    String issuer,
    PublicJwk statementKey,
    Bounds bounds,
    Instant issued,
    Instant notBefore,
    Instant notAfter) {
  /** The JWS type. */
  public static final String TYPE = "counterfoil-delegation+json";

  /** Longest window. */
  public static final Duration WINDOW_MAX = Duration.ofDays(30);

  /** How long after its issue a window may begin, at most. */
  public static final Duration AHEAD_MAX = WINDOW_MAX.multipliedBy(DelegationWindows.WINDOWS_MAX);

  /** The version of a delegation that attaches issuers; one that attaches none is of version 1. */
  private static final int ATTACHING_VERSION = 2;

  private static final String ATTACHED = "attached_issuers";

  /**
   * The most that a stated key may do.
   *
   * @param tenants tenants that it may serve
   * @param audiences audiences that it may serve
   * @param tokenTypes token types that it may sign
   * @param recordForms how its tokens may be recorded, by name: {@code none} says that they need
   *     not be, so it is never meant by leaving anything out
   * @param lifeMax longest token life that it may give
   * @param attachedIssuers other issuers whose keys may be stated, for record logs alone
   */
  public record Bounds(
      AllowList tenants,
      AllowList audiences,
      AllowList tokenTypes,
      Set<String> recordForms,
      Duration lifeMax,
      Set<String> attachedIssuers) {
    /** Every form in which tokens are recorded. */
    public static final Set<String> RECORDED = Set.of("position", "digest");

    /** Most attached issuers. */
    public static final int ATTACHED_MAX = 32;

    /** Most characters of an attached issuer's URL. */
    public static final int ISSUER_CHARACTERS_MAX = 256;

    /** What other issuers call their access tokens (RFC 9068 2.1, RFC 7519 5.1). */
    private static final Set<String> ATTACHED_TYPES = Set.of("at+jwt", "JWT");

    private static final String UNRECORDED = "none";
    private static final Set<String> FORMS = Set.of("position", "digest", UNRECORDED);

    public Bounds {
      attachedIssuers = Set.copyOf(attachedIssuers);
      attachedIssuers.forEach(Bounds::requireIssuer);
      if (attachedIssuers.size() > ATTACHED_MAX) {
        throw new IllegalArgumentException("at most " + ATTACHED_MAX + " issuers are attached");
      }
      recordForms = Set.copyOf(recordForms);
      if (recordForms.isEmpty() || !FORMS.containsAll(recordForms)) {
        throw new IllegalArgumentException("record forms are position, digest and none");
      }
    }

    /** Bounds of keys of the domain's own issuer. */
    public Bounds(
        AllowList tenants,
        AllowList audiences,
        AllowList tokenTypes,
        Set<String> recordForms,
        Duration lifeMax) {
      this(tenants, audiences, tokenTypes, recordForms, lifeMax, Set.of());
    }

    /** The same, of keys whose tokens are recorded. */
    public Bounds(AllowList tenants, AllowList audiences, AllowList tokenTypes, Duration lifeMax) {
      this(tenants, audiences, tokenTypes, RECORDED, lifeMax);
    }

    private static void requireIssuer(String issuer) {
      // RFC 8414 2; tokens name it letter for letter.
      SecureUrl.require("attached issuer", URI.create(issuer));
      if (issuer.length() > ISSUER_CHARACTERS_MAX) {
        throw new IllegalArgumentException(
            "an attached issuer's URL has at most " + ISSUER_CHARACTERS_MAX + " characters");
      }
    }

    /** Whether there may be keys whose tokens nobody records. */
    public boolean allowsUnrecorded() {
      return recordForms.contains(UNRECORDED);
    }

    /** The same, and keys whose tokens nobody records. */
    public Bounds allowingUnrecorded() {
      Set<String> forms = new HashSet<>(recordForms);
      forms.add(UNRECORDED);
      return new Bounds(tenants, audiences, tokenTypes, forms, lifeMax, attachedIssuers);
    }

    /** The same with these attached issuers instead. */
    public Bounds attaching(Set<String> issuers) {
      return new Bounds(tenants, audiences, tokenTypes, recordForms, lifeMax, issuers);
    }

    /** Whether a key is one of an attached issuer, whose tokens a record log has. */
    private boolean isAttached(KeyStatement key) {
      return attachedIssuers.contains(key.issuer())
          && key.record() instanceof RecordForm.Digest digest
          && TokenId.isRecordLogName(digest.log());
    }

    private static String form(RecordForm form) {
      if (form instanceof RecordForm.Position) {
        return "position";
      }
      return form instanceof RecordForm.Digest ? "digest" : UNRECORDED;
    }

    public static Bounds parse(JsonObject json) throws FormatException {
      return new Bounds(
          AllowList.parse(json.strings("tenants")),
          AllowList.parse(json.strings("audiences")),
          AllowList.parse(json.strings("token_types")),
          AllowList.parse(json.strings("record_forms")).names(),
          KeyStatement.seconds(json, "life_max_s"),
          json.has(ATTACHED) ? issuers(json.strings(ATTACHED)) : Set.of());
    }

    private static Set<String> issuers(List<String> array) throws FormatException {
      Set<String> issuers = new HashSet<>(array);
      if (issuers.size() < array.size()) {
        throw new FormatException("an issuer is attached twice");
      }
      return issuers;
    }

    /** What keeps a key statement from standing inside of them; empty when it may stand. */
    public Optional<String> objection(KeyStatement key) {
      if (!tenants.contains(key.tenants())) {
        return Optional.of("key serves tenants beyond the delegation");
      }
      if (!audiences.contains(key.audiences())) {
        return Optional.of("key serves audiences beyond the delegation");
      }
      boolean ofAttached =
          isAttached(key)
              && !key.tokenTypes().any()
              && ATTACHED_TYPES.containsAll(key.tokenTypes().names());
      if (!tokenTypes.contains(key.tokenTypes()) && !ofAttached) {
        return Optional.of("key signs token types beyond the delegation");
      }
      if (key.lifeMax().compareTo(lifeMax) > 0) {
        return Optional.of("key gives lives beyond the delegation");
      }
      if (!recordForms.contains(form(key.record()))) {
        return Optional.of("key's tokens are recorded otherwise than the delegation allows");
      }
      return Optional.empty();
    }
  }

  public Delegation {
    if (!notBefore.isBefore(notAfter)
        || Duration.between(notBefore, notAfter).compareTo(WINDOW_MAX) > 0) {
      throw new IllegalArgumentException("a delegation's window is at most 30 days");
    }
    if (notBefore.isAfter(issued.plus(AHEAD_MAX))) {
      throw new IllegalArgumentException("a delegation's window begins within 390 days");
    }
    for (String attached : bounds.attachedIssuers()) {
      if (withoutSlash(attached).equals(withoutSlash(issuer))) {
        throw new IllegalArgumentException("an issuer is not attached to itself");
      }
    }
    if (version < 1) {
      throw new IllegalArgumentException("a delegation's versions count from 1");
    }
  }

  private static String withoutSlash(String url) {
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /** It, to be signed. */
  public JointStatement unsigned() {
    return JointStatement.unsigned(TYPE, toJson());
  }

  /**
   * Verifies a delegation by the root. Whether its window holds is the caller's to ask.
   *
   * <p>No window begins after its root has expired: 30 days later, nothing that its keys sign
   * counts.
   */
  public static Delegation verify(JointStatement signed, RootMetadata root) throws FormatException {
    Delegation delegation = parse(signed);
    root.requireThreshold(signed);
    if (!delegation.notBefore().isBefore(root.expires())) {
      throw new FormatException("delegation's window begins after its root has expired");
    }
    return delegation;
  }

  /** Whether the window holds at an instant. */
  public boolean holdsAt(Instant instant) {
    return !instant.isBefore(notBefore) && instant.isBefore(notAfter);
  }

  /** What keeps a key statement from standing under this delegation; empty when it may stand. */
  public Optional<String> objection(KeyStatement key) {
    // The keys of the domain's own issuer are its signers' and those that it adopted; no key is of
    // two issuers, and one of an attached issuer has its tokens recorded.
    if (!key.domain().equals(domain) || (!key.issuer().equals(issuer) && !bounds.isAttached(key))) {
      return Optional.of("key is of another domain or issuer");
    }
    return bounds.objection(key);
  }

  /** What is signed. */
  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("v", bounds.attachedIssuers().isEmpty() ? 1 : ATTACHING_VERSION)
            .put("version", version)
            .put("domain", domain)
            .put("issuer", issuer)
            .put("statement_key", statementKey.toJson())
            .put("tenants", bounds.tenants().toJson())
            .put("audiences", bounds.audiences().toJson())
            .put("token_types", bounds.tokenTypes().toJson())
            .put("record_forms", bounds.recordForms().stream().sorted().toList())
            .put("life_max_s", bounds.lifeMax().toSeconds())
            .put("issued", issued.getEpochSecond())
            .put("not_before", notBefore.getEpochSecond())
            .put("not_after", notAfter.getEpochSecond());
    if (!bounds.attachedIssuers().isEmpty()) {
      json.put(ATTACHED, bounds.attachedIssuers().stream().sorted().toList());
    }
    return json.build();
  }

  /** Reads a delegation before anybody asks who signed it. */
  public static Delegation parse(JointStatement signed) throws FormatException {
    JsonObject json = signed.unverified();
    json.allowOnly(
        "v",
        "version",
        "domain",
        "issuer",
        "statement_key",
        "tenants",
        "audiences",
        "token_types",
        "record_forms",
        "life_max_s",
        ATTACHED,
        "issued",
        "not_before",
        "not_after");
    // Who reads version 1 alone refuses the other whole: it would miss what the list allows.
    if (json.has(ATTACHED)
        ? json.number("v") != ATTACHING_VERSION || json.strings(ATTACHED).isEmpty()
        : json.number("v") != 1) {
      throw new FormatException("version is not supported");
    }
    PublicJwk key = PublicJwk.parse(json.object("statement_key"));
    if (key.algorithm() != PublicJwk.Algorithm.EDDSA) {
      throw new FormatException("a statement key is an Ed25519 key");
    }
    Delegation delegation;
    try {
      delegation =
          new Delegation(
              json.number("version"),
              json.string("domain"),
              json.string("issuer"),
              key,
              Bounds.parse(json),
              KeyStatement.instant(json, "issued"),
              KeyStatement.instant(json, "not_before"),
              KeyStatement.instant(json, "not_after"));
    } catch (IllegalArgumentException e) {
      throw new FormatException("delegation: " + e.getMessage(), e);
    }
    signed.requireCanonical();
    return delegation;
  }
}
