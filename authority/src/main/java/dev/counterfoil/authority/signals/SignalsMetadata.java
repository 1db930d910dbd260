package dev.counterfoil.authority.signals;

import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signals.StreamSettings;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a receiver reads first (SSF 1.0 7.1): where everything lies. */
public final class SignalsMetadata {
  /** The transmitter's metadata, before the issuer's path. */
  public static final String PATH = "/.well-known/ssf-configuration";

  public static final String STREAM = "/ssf/stream";
  public static final String STATUS = "/ssf/status";
  public static final String ADD_SUBJECT = "/ssf/subjects/add";
  public static final String REMOVE_SUBJECT = "/ssf/subjects/remove";
  public static final String VERIFICATION = "/ssf/verify";
  public static final String POLL = "/ssf/poll";

  private SignalsMetadata() {}

  /**
   * The metadata of a domain.
   *
   * @param jwksPath the key set that has the keys of its events
   */
  public static byte[] of(Domain domain, String jwksPath) {
    return JsonObject.builder()
        .put("spec_version", "1_0")
        .put("issuer", domain.issuer().toString())
        .put("jwks_uri", domain.url(jwksPath).toString())
        .put("delivery_methods_supported", List.of(StreamSettings.PUSH, StreamSettings.POLL))
        .put("configuration_endpoint", domain.url(STREAM).toString())
        .put("status_endpoint", domain.url(STATUS).toString())
        .put("add_subject_endpoint", domain.url(ADD_SUBJECT).toString())
        .put("remove_subject_endpoint", domain.url(REMOVE_SUBJECT).toString())
        .put("verification_endpoint", domain.url(VERIFICATION).toString())
        .put(
            "authorization_schemes",
            List.of(JsonObject.builder().put("spec_urn", "urn:ietf:rfc:6749").build()))
        .put("default_subjects", "ALL")
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }
}
