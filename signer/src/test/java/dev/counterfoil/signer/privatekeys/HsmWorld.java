package dev.counterfoil.signer.privatekeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.keystore.pkcs11.Cryptoki;
import dev.counterfoil.keystore.pkcs11.CryptokiCall;
import dev.counterfoil.keystore.pkcs11.FaultyHsm;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import dev.counterfoil.keystore.pkcs11.TestHsm;
import dev.counterfoil.registrar.root.TrialRoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** SoftHSM2, of which a test has some calls fail or answer otherwise. */
public abstract class HsmWorld {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  public static final byte[] INPUT = "header.payload".getBytes(StandardCharsets.US_ASCII);
  public static final long DEVICE_ERROR = 0x30;
  public static final long DEVICE_MEMORY = 0x31;
  static final long GENERAL_ERROR = 0x05;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  public // injected
  Path folder;

  @SuppressWarnings("NullAway.Init")
  public // made before each test
  TestHsm hsm;

  @SuppressWarnings("NullAway.Init")
  public // made before each test
  Path keys;

  public final FaultyHsm faulty = new FaultyHsm();

  /** How often the library was initialised. */
  public final AtomicInteger begun = new AtomicInteger();

  /** The custody's clock. */
  public final AtomicLong nanos = new AtomicLong();

  private @Nullable HsmPrivateKeys custody;

  @BeforeEach
  void start() throws Throwable {
    hsm = TestHsm.in(folder.resolve("hsm"));
    hsm.setEnvironmentHere();
    keys = Files.createDirectories(folder.resolve("signer/g1/keys"));
    faulty.with(
        CryptokiCall.INITIALIZE,
        (arguments, real) -> {
          begun.incrementAndGet();
          return real.call(arguments);
        });
  }

  @AfterEach
  void stop() {
    if (custody != null) {
      custody.close();
    }
  }

  public final HsmPrivateKeys open(Cryptoki library) throws Exception {
    stop();
    SecretFile passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
    SoftwarePrivateKeys software =
        new SoftwarePrivateKeys(TestMaking.sealed(passphrase), "enterprise");
    HsmPrivateKeys opened =
        HsmPrivateKeys.start(
            library,
            folder.resolve("signer"),
            hsm.entry(),
            EnumSet.allOf(HsmAlgorithm.class),
            software,
            nanos::get);
    custody = opened;
    return opened;
  }

  public static void await(BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(5);
    }
  }
}
