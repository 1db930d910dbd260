package dev.counterfoil.format.keylog;

import static dev.counterfoil.format.keylog.KeyLogCases.TAKEN;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyLogCases.Case;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.JointStatement;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Key logs whose last entry attaches issuers, or states a key of one. */
final class KeyLogAttachedCases {
  private static final String KEYCLOAK = "https://kc.example/realms/acme";
  private static final String OTHER = "https://other.example/";
  private static final String BEYOND = "key is of another domain or issuer";

  private final Samples samples;
  private final List<Case> cases = new ArrayList<>();

  KeyLogAttachedCases(Samples samples) {
    this.samples = samples;
  }

  List<Case> make() throws GeneralSecurityException {
    add("delegation-attached", "an issuer is attached", TAKEN, delegated(KEYCLOAK));
    add(
        "delegation-attached-32",
        "as many as may be, one of them on this host",
        TAKEN,
        delegated(many(32)));
    add(
        "delegation-attached-ended",
        "a later one attaches none, and is of version 1",
        TAKEN,
        delegated(2, KEYCLOAK),
        delegated(3));
    add(
        "delegation-attached-version-1",
        "an old version with the list",
        "version is not supported",
        changed("\"v\":2", "\"v\":1"));
    add(
        "delegation-attached-empty",
        "an empty list",
        "version is not supported",
        changed("[\"" + KEYCLOAK + "\"]", "[]"));
    add(
        "delegation-attached-missing",
        "the new version without a list",
        "version is not supported",
        changed("\"attached_issuers\":[\"" + KEYCLOAK + "\"],", ""));
    add(
        "delegation-attached-33",
        "one more than may be",
        "delegation: at most 32 issuers are attached",
        changed("[\"" + KEYCLOAK + "\"]", "[\"" + String.join("\",\"", many(33)) + "\"]"));
    add(
        "delegation-attached-twice",
        "one issuer twice",
        "an issuer is attached twice",
        changed(KEYCLOAK, KEYCLOAK + "\",\"" + KEYCLOAK));
    for (String own : List.of(Samples.ISSUER, Samples.ISSUER + "/")) {
      add(
          own.endsWith("/") ? "delegation-attached-own-slash" : "delegation-attached-own",
          "the domain's own issuer",
          "delegation: an issuer is not attached to itself",
          changed(KEYCLOAK, own));
    }
    String noIssuer =
        "delegation: attached issuer is an http or https URL with a host, without user, query and"
            + " fragment";
    add("delegation-attached-any", "any issuer", noIssuer, changed(KEYCLOAK, "*"));
    add(
        "delegation-attached-query",
        "a URL with a query",
        noIssuer,
        changed(KEYCLOAK, KEYCLOAK + "?realm=acme"));
    add(
        "delegation-attached-plain",
        "not encrypted",
        "delegation: attached issuer http://kc.example is not encrypted: use https, with a proxy"
            + " that speaks TLS in front; http is for this host alone (127.0.0.1, [::1],"
            + " localhost)",
        changed(KEYCLOAK, "http://kc.example"));
    add(
        "delegation-attached-long",
        "a URL of 257 characters",
        "delegation: an attached issuer's URL has at most 256 characters",
        changed(KEYCLOAK, "https://kc.example/" + "a".repeat(238)));
    keys();
    return cases;
  }

  private void keys() throws GeneralSecurityException {
    byte[] attaching = delegated(KEYCLOAK);
    byte[] door = samples.signed(new KeyLogEvent.LogStated(samples.log("d1g1")), 5);
    add("key-attached", "a key of an attached issuer", TAKEN, attaching, door, stated(key(), 6));
    add(
        "key-attached-at-jwt",
        "whose access tokens have the type of RFC 9068",
        TAKEN,
        attaching,
        door,
        stated(with(key(), AllowList.of("JWT", "at+jwt")), 6));
    add(
        "key-attached-other-type",
        "which would sign another type than access tokens have",
        "key signs token types beyond the delegation",
        attaching,
        door,
        stated(with(key(), AllowList.of("JWT", "logout+jwt")), 6));
    add(
        "key-attached-any-type",
        "which would sign any type",
        "key signs token types beyond the delegation",
        attaching,
        door,
        stated(with(key(), AllowList.all()), 6));
    add(
        "key-attached-not",
        "a key of an issuer that is not attached",
        BEYOND,
        attaching,
        door,
        stated(key().toBuilder().issuer(OTHER).build(), 6));
    add(
        "key-attached-slash",
        "its issuer differs by a slash",
        BEYOND,
        attaching,
        door,
        stated(key().toBuilder().issuer(KEYCLOAK + "/").build(), 6));
    add(
        "key-attached-part",
        "its issuer is one whose name the attached one begins with",
        BEYOND,
        attaching,
        door,
        stated(key().toBuilder().issuer("https://kc.example").build(), 6));
    add(
        "key-attached-by-position",
        "its tokens would be recorded by a signer",
        BEYOND,
        attaching,
        door,
        stated(key().toBuilder().record(new RecordForm.Position("s1g1")).alias(null).build(), 6));
    add(
        "key-attached-token-log",
        "the log of its digests is a signer's token log",
        BEYOND,
        attaching,
        door,
        stated(key().toBuilder().record(new RecordForm.Digest("s1g1")).build(), 6));
    add(
        "key-attached-unrecorded",
        "nobody would record its tokens, though the root allows such keys",
        BEYOND,
        delegated(
            samples.delegation(
                2,
                samples.bounds().allowingUnrecorded().attaching(Set.of(KEYCLOAK)),
                Samples.NOW,
                Samples.NOW,
                30)),
        door,
        stated(key().toBuilder().record(new RecordForm.None(key().activeUntil())).build(), 6));
    add(
        "key-attached-tenant",
        "it would serve a tenant beyond the delegation",
        "key serves tenants beyond the delegation",
        attaching,
        door,
        stated(key().toBuilder().tenants(AllowList.of("umbrella")).build(), 6));
    add(
        "key-attached-before",
        "before its issuer is attached",
        BEYOND,
        samples.signed(new KeyLogEvent.LogStated(samples.log("d1g1")), 4),
        stated(key(), 5));
    add(
        "key-attached-after",
        "after its issuer is attached no more",
        BEYOND,
        attaching,
        door,
        delegated(3),
        stated(key(), 7));
    add(
        "key-own-type-of-attached",
        "a key of the domain's own issuer has no type that the delegation does not name",
        "key signs token types beyond the delegation",
        attaching,
        door,
        stated(key().toBuilder().issuer(Samples.ISSUER).build(), 6));
  }

  private KeyStatement key() {
    return samples.statement().toBuilder()
        .jwk(Samples.es256("key of an attached issuer"))
        .issuer(KEYCLOAK)
        .purpose("attached")
        .tokenTypes(AllowList.of("JWT"))
        .record(new RecordForm.Digest("d1g1"))
        .alias("kc-1")
        .custody("attached", KeyStatement.Assurance.UNKNOWN)
        .build();
  }

  private static KeyStatement with(KeyStatement key, AllowList types) {
    return key.toBuilder().tokenTypes(types).build();
  }

  private byte[] stated(KeyStatement key, long index) throws GeneralSecurityException {
    return samples.signed(new KeyLogEvent.KeyStated(key), index);
  }

  private static String[] many(int count) {
    String[] issuers = new String[count];
    for (int i = 0; i < count; i++) {
      issuers[i] = "https://issuer-" + (100 + i) + ".example";
    }
    issuers[0] = "http://127.0.0.1:8080/realms/acme";
    return issuers;
  }

  private byte[] delegated(String... issuers) throws GeneralSecurityException {
    return delegated(2, issuers);
  }

  private byte[] delegated(long version, String... issuers) throws GeneralSecurityException {
    return delegated(delegation(version, issuers));
  }

  private byte[] delegated(Delegation delegation) throws GeneralSecurityException {
    return KeyLogEntry.of(samples.sign(delegation.unsigned()));
  }

  private Delegation delegation(long version, String... issuers) {
    return samples.delegation(
        version, samples.bounds().attaching(Set.of(issuers)), Samples.NOW, Samples.NOW, 30);
  }

  /** A delegation that {@link Delegation} itself refuses to be. */
  private byte[] changed(String from, String to) throws GeneralSecurityException {
    String json = delegation(2, KEYCLOAK).toJson().canonical();
    if (!json.contains(from)) {
      throw new IllegalStateException(from);
    }
    byte[] other = json.replace(from, to).getBytes(StandardCharsets.UTF_8);
    try {
      return KeyLogEntry.of(
          samples.sign(JointStatement.unsigned(Delegation.TYPE, StrictJson.object(other, 20_000))));
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private void add(String name, String comment, String expect, byte[]... last)
      throws GeneralSecurityException {
    List<byte[]> entries = new ArrayList<>(samples.keyLog());
    entries.addAll(List.of(last));
    cases.add(new Case(name, comment, expect, entries));
  }
}
