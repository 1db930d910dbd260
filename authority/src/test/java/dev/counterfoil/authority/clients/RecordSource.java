package dev.counterfoil.authority.clients;

import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;

/** Clients that prove themselves with a key. */
public final class RecordSource {
  private static final String ISSUER = "https://login.example";

  private final RunningDomain domain;

  public RecordSource(RunningDomain domain) {
    this.domain = domain;
  }

  /** Registers a source with a key of its own, and its access token. */
  public String token(String id, String audience, String scope) throws Exception {
    return token(id, "acme", audience, new String[] {scope});
  }

  /** Registers a client. */
  public interface Registering {
    void register(ClientRegistration client) throws Exception;
  }

  /** The same of a tenant, with scopes. */
  public String token(String id, String tenant, String audience, String... scopes)
      throws Exception {
    return token(
        id,
        tenant,
        audience,
        client -> assertThat(domain.admin.register(client)).isEmpty(),
        scopes);
  }

  /** The same, registered otherwise. */
  public String token(
      String id, String tenant, String audience, Registering registering, String... scopes)
      throws Exception {
    ECKey key = new ECKeyGenerator(Curve.P_256).keyIDFromThumbprint(true).generate();
    JsonObject jwks =
        StrictJson.object(
            ("{\"keys\":[" + key.toPublicJWK().toJSONString() + "]}")
                .getBytes(StandardCharsets.UTF_8),
            1 << 16);
    registering.register(
        ClientRegistration.withKeys(id, tenant, jwks, List.of(audience), List.of(scopes)));
    Instant now = Instant.now();
    SignedJWT assertion =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
            new JWTClaimsSet.Builder()
                .issuer(id)
                .subject(id)
                .audience(ISSUER)
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(60)))
                .build());
    assertion.sign(new ECDSASigner(key));
    return json(domain.send(
            domain.form(
                "/token",
                "grant_type",
                "client_credentials",
                "audience",
                audience,
                "client_assertion_type",
                ClientAssertions.TYPE,
                "client_assertion",
                assertion.serialize())))
        .string("access_token");
  }
}
