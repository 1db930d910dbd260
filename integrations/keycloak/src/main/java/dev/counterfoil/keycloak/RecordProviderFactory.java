package dev.counterfoil.keycloak;

import io.micrometer.core.instrument.Metrics;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.keycloak.Config;
import org.keycloak.common.Profile;
import org.keycloak.crypto.SignatureException;
import org.keycloak.crypto.SignatureProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderFactory;
import org.keycloak.services.ErrorResponseException;

/**
 * Reads the configuration when Keycloak starts, and holds the one {@link Recorder} of its process.
 * Keycloak does not start with a configuration that could not record, or with a signature provider
 * that this jar does not know.
 */
public final class RecordProviderFactory implements ProviderFactory<RecordProvider> {
  private static final Logger LOG = Logger.getLogger(RecordProviderFactory.class);

  private final LongAdder noTokens = new LongAdder();
  private @Nullable RecordOptions options;
  private @Nullable Recorder recorder;

  /** For Keycloak's loader. */
  public RecordProviderFactory() {}

  @Override
  public String getId() {
    return "record";
  }

  @Override
  public void init(Config.Scope config) {
    RecordOptions read = RecordOptions.read(config);
    HttpClient http = HttpClient.newBuilder().connectTimeout(read.timeout()).build();
    InstantSource clock = InstantSource.system();
    SourceTokens tokens =
        new SourceTokens(
            read.issuer(), read.client(), read.keyFile(), http, clock, new SecureRandom());
    Recorder started =
        new Recorder(
            new DoorClient(read.issuer(), tokens, http, read.timeout()),
            kept(read),
            read.timeout(),
            read.releaseFor(),
            clock);
    options = read;
    recorder = started;
    RecordReadiness.of(started);
    RecordMeters.register(Metrics.globalRegistry, started, noTokens);
    LOG.infof(
        "Tokens of %s are recorded at %s by client %s. While the record door is away they are %s.",
        read.realms().isEmpty() ? "every realm" : "realms " + read.realms(),
        read.issuer(),
        read.client(),
        read.releaseFor().isZero() ? "refused" : "released unrecorded for " + read.releaseFor());
  }

  private static @Nullable KeptDigests kept(RecordOptions options) {
    Path file = options.keptFile();
    if (file == null) {
      return null;
    }
    try {
      return new KeptDigests(file, options.keptMax());
    } catch (IOException e) {
      throw RecordOptions.wrong("kept-file", file + " cannot be used: " + e);
    }
  }

  /** Finds what would sign without a record. */
  @Override
  public void postInit(KeycloakSessionFactory factory) {
    List<String> unknown =
        factory
            .getProviderFactoriesStream(SignatureProvider.class)
            .filter(provider -> !(provider instanceof RecordedAlgorithms.Recorded))
            .map(provider -> provider.getId())
            // A shared secret: only Keycloak itself accepts what it signs.
            .filter(id -> !List.of("HS256", "HS384", "HS512").contains(id))
            .sorted()
            .toList();
    if (!unknown.isEmpty()) {
      throw new IllegalStateException(
          "counterfoil-keycloak does not know Keycloak's signature providers "
              + unknown
              + ": tokens that they sign would not be recorded. Use a version of the jar that was"
              + " made for this version of Keycloak, or disable them with"
              + " spi-signature--ID--enabled=false");
    }
    if (Profile.isFeatureEnabled(Profile.Feature.DOCKER)) {
      LOG.warn(
          "Feature docker is enabled. Tokens for Docker registries are signed past every"
              + " SignatureProvider, and are not recorded.");
    }
  }

  @Override
  public RecordProvider create(KeycloakSession session) {
    RecordOptions read = options;
    Recorder started = recorder;
    if (read == null || started == null) {
      throw new IllegalStateException("the record is not initialised");
    }
    return new RunningRecord(read, started, noTokens);
  }

  @Override
  public void close() {
    Recorder started = recorder;
    if (started != null) {
      started.close();
    }
  }

  private record RunningRecord(RecordOptions options, Recorder recorder, LongAdder noTokens)
      implements RecordProvider {
    @Override
    public boolean records(String realm) {
      return options.realms().isEmpty() || options.realms().contains(realm);
    }

    @Override
    public void admit() {
      String why = recorder.refusing();
      if (why != null) {
        LOG.debugf("A token is refused: %s", why);
        throw new ErrorResponseException(
            "temporarily_unavailable",
            "tokens cannot be recorded at the moment",
            Response.Status.SERVICE_UNAVAILABLE);
      }
    }

    @Override
    public void record(byte[] signingInput) throws SignatureException {
      if (SigningInputs.isToken(signingInput)) {
        recorder.record(SigningInputs.digest(signingInput));
      } else {
        noTokens.increment();
      }
    }
  }
}
