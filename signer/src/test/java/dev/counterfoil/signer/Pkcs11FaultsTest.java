package dev.counterfoil.signer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.KeyStatement.Assurance;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.signer.Cryptoki.Call;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With SoftHSM2, of which some calls fail or say what no library should. */
class Pkcs11FaultsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final byte[] INPUT = "header.payload".getBytes(StandardCharsets.US_ASCII);
  private static final long DEVICE_ERROR = 0x30;
  private static final long DEVICE_MEMORY = 0x31;
  private static final long GENERAL_ERROR = 0x05;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before each test
  private TestToken token;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path keys;

  private final FaultyToken faulty = new FaultyToken();
  private final AtomicInteger begun = new AtomicInteger();
  private @Nullable Pkcs11Custody custody;

  @BeforeEach
  void start() throws Throwable {
    token = TestToken.in(folder.resolve("hsm"));
    token.setEnvironmentHere();
    keys = Files.createDirectories(folder.resolve("signer/g1/keys"));
    faulty.with(
        Call.INITIALIZE,
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

  private Pkcs11Custody open(Cryptoki library) throws Exception {
    stop();
    SecretFile passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
    SoftwareCustody software = new SoftwareCustody(TestMaking.sealed(passphrase), "enterprise");
    Pkcs11Custody opened =
        Pkcs11Custody.start(
            library,
            folder.resolve("signer"),
            token.entry(),
            EnumSet.allOf(TokenAlgorithm.class),
            software);
    custody = opened;
    return opened;
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(5);
    }
  }

  /** Longer than a round of those in which the token is looked for. */
  private static void someRounds() throws InterruptedException {
    Thread.sleep(2500);
  }

  @Test
  void aTokenThatMakesNoKeySignsOnWithThoseThatItHas() throws Throwable {
    AtomicInteger asked = new AtomicInteger();
    long[] answer = {Cryptoki.OK};
    Pkcs11Custody custody =
        open(
            faulty
                .with(
                    Call.GENERATE_KEY_PAIR,
                    (arguments, real) -> {
                      asked.incrementAndGet();
                      return answer[0] == Cryptoki.OK ? real.call(arguments) : answer[0];
                    })
                .library());
    Custody.Signing signing = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    int before = begun.get();
    answer[0] = DEVICE_MEMORY;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> custody.make(keys, "k2", PublicJwk.Algorithm.ES256))
          .isInstanceOf(CustodyUnavailableException.class)
          .hasMessageContaining("CKR_DEVICE_MEMORY");
    }
    assertThat(asked.get()).as("asked once in a while").isEqualTo(2);
    assertThat(custody.obstacle()).isEmpty();
    assertThat(signing.sign(INPUT)).hasSize(64);
    assertThat(begun.get()).as("no new log-in").isEqualTo(before);
  }

  @Test
  void aTokenThatIsGoneWhenAKeyIsMadeIsLookedForAnew() throws Throwable {
    Pkcs11Custody custody =
        open(faulty.with(Call.GENERATE_KEY_PAIR, (arguments, real) -> DEVICE_ERROR).library());
    int before = begun.get();
    assertThatThrownBy(() -> custody.make(keys, "k1", PublicJwk.Algorithm.ES256))
        .isInstanceOf(CustodyUnavailableException.class);
    await(() -> begun.get() > before && custody.obstacle().isEmpty());
  }

  @Test
  void aKeyThatTheTokenDoesNotDestroyStopsNothing() throws Throwable {
    long[] answer = {Cryptoki.OK};
    Cryptoki library =
        faulty
            .with(
                Call.DESTROY_OBJECT,
                (arguments, real) -> answer[0] == Cryptoki.OK ? real.call(arguments) : answer[0])
            .library();
    Pkcs11Custody custody = open(library);
    Custody.Signing signing = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    int before = begun.get();
    answer[0] = GENERAL_ERROR;
    custody.destroy(keys, "k2");
    custody.destroyOrphans();
    assertThat(custody.obstacle()).isEmpty();
    assertThat(signing.sign(INPUT)).hasSize(64);
    assertThat(begun.get()).as("no new log-in").isEqualTo(before);
    assertThat(token.privateKeys()).isEqualTo(2);
    // Nor does an orphan that a start finds.
    Pkcs11Custody again = open(library);
    again.destroyOrphans();
    assertThat(again.open(keys, "k1").newSigning().sign(INPUT)).hasSize(64);
    answer[0] = Cryptoki.OK;
    Pkcs11Custody last = open(library);
    last.destroyOrphans();
    assertThat(token.privateKeys()).isEqualTo(1);
    assertThat(last.open(keys, "k1").newSigning().sign(INPUT)).hasSize(64);
  }

  @Test
  void aKeyThatIsDestroyedWhileItSignsIsNoLostToken() throws Throwable {
    Runnable[] inBetween = {() -> {}};
    Pkcs11Custody custody =
        open(
            faulty
                .with(
                    Call.OPEN_SESSION,
                    (arguments, real) -> {
                      inBetween[0].run();
                      return real.call(arguments);
                    })
                .library());
    Custody.Signing kept = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    assertThat(kept.sign(INPUT)).hasSize(64);
    Custody.Signing signing = custody.make(keys, "k2", PublicJwk.Algorithm.ES256).newSigning();
    int before = begun.get();
    // Its first signature opens a session, after it has looked whether the key is there.
    inBetween[0] =
        () -> {
          try {
            custody.destroy(keys, "k2");
          } catch (IOException | GeneralSecurityException e) {
            // Seen below: the signature would be made.
          }
        };
    assertThatThrownBy(() -> signing.sign(INPUT))
        .isInstanceOf(CustodyUnavailableException.class)
        .hasMessage("the token has this key no more");
    assertThat(kept.sign(INPUT)).hasSize(64);
    assertThat(begun.get()).isEqualTo(before);
  }

  @Test
  void objectsOfOthersAreLeftAloneWhateverTheSearchFinds() throws Throwable {
    Path other = Files.createDirectories(folder.resolve("other/g1/keys"));
    SecretFile passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
    SoftwareCustody software = new SoftwareCustody(TestMaking.sealed(passphrase), "enterprise");
    try (Pkcs11Custody others =
        Pkcs11Custody.start(
            folder.resolve("other"), token.entry(), Set.of(TokenAlgorithm.ES256), software)) {
      others.make(other, "k1", PublicJwk.Algorithm.ES256);
    }
    // A library that takes every object for one that has the label.
    Cryptoki library =
        faulty
            .with(
                Call.FIND_OBJECTS_INIT,
                (arguments, real) -> real.call(arguments[0], arguments[1], 1L))
            .library();
    Pkcs11Custody custody = open(library);
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    custody.close();
    Files.delete(keys.resolve("k2.pkcs11"));
    Pkcs11Custody again = open(library);
    assertThat(token.privateKeys()).isEqualTo(3);
    again.destroyOrphans();
    assertThat(token.privateKeys()).as("its own orphan, and nobody else's").isEqualTo(2);
  }

  @Test
  void aWrongPinIsTriedOnceAndNeverSaid() throws Throwable {
    AtomicInteger tried = new AtomicInteger();
    Cryptoki library =
        faulty
            .with(
                Call.LOGIN,
                (arguments, real) -> {
                  tried.incrementAndGet();
                  return real.call(arguments);
                })
            .library();
    Files.writeString(token.pinFile(), "wrong-71b0c3\n");
    assertThatThrownBy(() -> open(library))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("CKR_PIN_INCORRECT")
        .hasMessageContaining(token.pinFile().toString())
        .hasMessageNotContaining("71b0c3");
    someRounds();
    assertThat(tried.get()).isEqualTo(1);
    Files.writeString(token.pinFile(), TestToken.PIN + "\n");
    Pkcs11Custody custody = open(library);
    assertThat(custody.obstacle()).isEmpty();
    // Of one that runs, a PIN that is wrong by now is tried again when its file has changed.
    token.goAway();
    await(() -> custody.obstacle().isPresent());
    Files.writeString(token.pinFile(), "wrong-71b0c3\n");
    Files.setLastModifiedTime(token.pinFile(), FileTime.from(Instant.EPOCH));
    tried.set(0);
    token.comeBack();
    await(() -> custody.obstacle().orElse("").contains("CKR_PIN_INCORRECT"));
    someRounds();
    assertThat(tried.get()).isEqualTo(1);
    Files.writeString(token.pinFile(), TestToken.PIN + "\n");
    await(() -> custody.obstacle().isEmpty());
    assertThat(tried.get()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 40})
  void anAttributesLengthIsNotBelieved(long length) throws Throwable {
    boolean[] lies = {false};
    Pkcs11Custody custody =
        open(
            faulty
                .with(
                    Call.GET_ATTRIBUTE_VALUE,
                    (arguments, real) -> {
                      long answer = real.call(arguments);
                      if (lies[0]) {
                        FaultyToken.at(arguments[2], 24).set(JAVA_LONG, 16, length);
                      }
                      return answer;
                    })
                .library());
    Custody.Signing signing = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    lies[0] = true;
    await(() -> custody.obstacle().orElse("").contains("C_GetAttributeValue answered a length"));
    lies[0] = false;
    await(() -> custody.obstacle().isEmpty());
    assertThat(signing.sign(INPUT)).hasSize(64);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 40})
  void aCountOfSlotsIsNotBelieved(long count) throws Throwable {
    boolean[] lies = {true};
    Pkcs11Custody custody =
        open(
            faulty
                .with(
                    Call.GET_SLOT_LIST,
                    (arguments, real) -> {
                      long answer = real.call(arguments);
                      if (lies[0]) {
                        FaultyToken.at(arguments[2], 8).set(JAVA_LONG, 0, count);
                      }
                      return answer;
                    })
                .library());
    assertThat(custody.obstacle().orElseThrow()).contains("C_GetSlotList answered a length");
    lies[0] = false;
    await(() -> custody.obstacle().isEmpty());
  }

  /** -1 and too many at once; and 64 again and again, without an end. */
  @ParameterizedTest
  @ValueSource(longs = {-1, 65, 64})
  void aCountOfObjectsIsNotBelieved(long count) throws Throwable {
    boolean[] lies = {true};
    Pkcs11Custody custody =
        open(
            faulty
                .with(
                    Call.FIND_OBJECTS,
                    (arguments, real) -> {
                      long answer = real.call(arguments);
                      if (lies[0]) {
                        FaultyToken.at(arguments[3], 8).set(JAVA_LONG, 0, count);
                      }
                      return answer;
                    })
                .library());
    assertThat(custody.obstacle().orElseThrow()).contains("C_FindObjects answered a length");
    lies[0] = false;
    await(() -> custody.obstacle().isEmpty());
  }

  @Test
  void keysAreCalledADevicesOnlyWhereItMakesAllOfThem() throws Throwable {
    Set<TokenAlgorithm> device = EnumSet.noneOf(TokenAlgorithm.class);
    Cryptoki library =
        faulty
            .with(
                Call.GET_MECHANISM_INFO,
                (arguments, real) -> {
                  long answer = real.call(arguments);
                  if (device.stream().anyMatch(how -> arguments[1].equals(how.generation()))) {
                    MemorySegment info = FaultyToken.at(arguments[2], 24);
                    info.set(JAVA_LONG, 16, info.get(JAVA_LONG, 16) | 1);
                  }
                  return answer;
                })
            .library();
    for (TokenAlgorithm one : TokenAlgorithm.values()) {
      device.add(one);
      Pkcs11Custody some = open(library);
      some.make(keys, "k1", one.algorithm());
      assertThat(some.assurance()).isEqualTo(Assurance.COPYABLE_BY_ROOT);
      device.clear();
    }
    device.addAll(EnumSet.allOf(TokenAlgorithm.class));
    assertThat(open(library).assurance()).isEqualTo(Assurance.NON_EXPORTABLE);
  }

  @Test
  void whatNobodyExpectedDoesNotEndTheWatch() throws Throwable {
    boolean[] fails = {true};
    try (Pkcs11Token found =
        Pkcs11Token.start(
            faulty.library(),
            token.entry(),
            connection -> {
              if (fails[0]) {
                throw new IllegalStateException("a test");
              }
            })) {
      assertThat(found.obstacle().orElseThrow()).contains("a test");
      someRounds();
      assertThat(begun.get()).as("tried again").isGreaterThan(1);
      fails[0] = false;
      await(() -> found.obstacle().isEmpty());
    }
  }
}
