package dev.counterfoil.keystore.pkcs11;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keys.KeyStatement.Assurance;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.signer.privatekeys.HsmPrivateKeys;
import dev.counterfoil.signer.privatekeys.HsmWorld;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What custody makes of calls that fail or say what no library should. */
class HsmFaultsTest extends HsmWorld {
  /** Longer than a round of those in which the HSM is looked for. */
  private static void someRounds() throws InterruptedException {
    Thread.sleep(2500);
  }

  @Test
  void aTokenThatMakesNoKeySignsOnWithThoseThatItHas() throws Throwable {
    AtomicInteger asked = new AtomicInteger();
    long[] answer = {Cryptoki.OK};
    HsmPrivateKeys custody =
        open(
            faulty
                .with(
                    CryptokiCall.GENERATE_KEY_PAIR,
                    (arguments, real) -> {
                      asked.incrementAndGet();
                      return answer[0] == Cryptoki.OK ? real.call(arguments) : answer[0];
                    })
                .library());
    PrivateKeys.Signing signing = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    // As a crash leaves one that has no statement.
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    int before = begun.get();
    answer[0] = DEVICE_MEMORY;
    asked.set(0);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> custody.make(keys, "k2", PublicJwk.Algorithm.ES256))
          .isInstanceOf(HsmAwayException.class)
          .hasMessageContaining("CKR_DEVICE_MEMORY");
    }
    assertThat(asked.get()).as("asked once in a while").isEqualTo(1);
    assertThat(hsm.privateKeys()).as("the one of the crash is gone").isEqualTo(1);
    assertThat(custody.obstacle()).isEmpty();
    assertThat(signing.sign(INPUT)).hasSize(64);
    answer[0] = Cryptoki.OK;
    nanos.addAndGet(HsmPrivateKeys.MAKE_AGAIN.toNanos() - 1);
    assertThatThrownBy(() -> custody.make(keys, "k2", PublicJwk.Algorithm.ES256))
        .isInstanceOf(HsmAwayException.class);
    assertThat(asked.get()).isEqualTo(1);
    nanos.incrementAndGet();
    PrivateKeys.Key second = custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    assertThat(asked.get()).isEqualTo(2);
    assertThat(second.newSigning().sign(INPUT)).hasSize(64);
    assertThat(begun.get()).as("no new log-in").isEqualTo(before);
  }

  @Test
  void anAlgorithmOfWhichTheTokenMakesNoKeyHoldsUpNoOther() throws Throwable {
    AtomicInteger asked = new AtomicInteger();
    boolean[] refuses = {true};
    HsmPrivateKeys custody =
        open(
            faulty
                .with(
                    CryptokiCall.GENERATE_KEY_PAIR,
                    (arguments, real) -> {
                      long mechanism = FaultyHsm.at(arguments[1], 8).get(JAVA_LONG, 0);
                      if (mechanism != HsmAlgorithm.RS256.generation()) {
                        return real.call(arguments);
                      }
                      asked.incrementAndGet();
                      return refuses[0] ? DEVICE_MEMORY : real.call(arguments);
                    })
                .library());
    List<PrivateKeys.Outcome> outcomes =
        custody.makeAll(
            keys,
            List.of(
                new PrivateKeys.Order("k1", PublicJwk.Algorithm.RS256),
                new PrivateKeys.Order("k2", PublicJwk.Algorithm.ES256)));
    assertThat(outcomes).hasSize(2);
    assertThat(outcomes.getFirst())
        .isInstanceOfSatisfying(
            PrivateKeys.Outcome.NotNow.class,
            not -> assertThat(not.why()).contains("RS256", "CKR_DEVICE_MEMORY"));
    assertThat(outcomes.getLast())
        .isInstanceOfSatisfying(
            PrivateKeys.Outcome.Made.class,
            made ->
                assertThat(made.key().publicKey().algorithm())
                    .isEqualTo(PublicJwk.Algorithm.ES256));
    custody.make(keys, "k3", PublicJwk.Algorithm.ES256);
    assertThatThrownBy(() -> custody.make(keys, "k4", PublicJwk.Algorithm.RS256))
        .isInstanceOf(HsmAwayException.class)
        .hasMessageContaining("RS256");
    assertThat(asked.get()).isEqualTo(1);
    refuses[0] = false;
    nanos.addAndGet(HsmPrivateKeys.MAKE_AGAIN.toNanos());
    custody.make(keys, "k4", PublicJwk.Algorithm.RS256);
    assertThat(hsm.privateKeys()).isEqualTo(3);
  }

  @Test
  void aTokenThatIsGoneWhenAKeyIsMadeIsLookedForAnew() throws Throwable {
    HsmPrivateKeys custody =
        open(
            faulty
                .with(CryptokiCall.GENERATE_KEY_PAIR, (arguments, real) -> DEVICE_ERROR)
                .library());
    int before = begun.get();
    assertThatThrownBy(() -> custody.make(keys, "k1", PublicJwk.Algorithm.ES256))
        .isInstanceOf(HsmAwayException.class);
    await(() -> begun.get() > before && custody.obstacle().isEmpty());
  }

  @Test
  void aKeyThatIsDestroyedWhileItSignsIsNoLostToken() throws Throwable {
    Runnable[] inBetween = {() -> {}};
    HsmPrivateKeys custody =
        open(
            faulty
                .with(
                    CryptokiCall.OPEN_SESSION,
                    (arguments, real) -> {
                      inBetween[0].run();
                      return real.call(arguments);
                    })
                .library());
    PrivateKeys.Signing kept = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    assertThat(kept.sign(INPUT)).hasSize(64);
    PrivateKeys.Signing signing = custody.make(keys, "k2", PublicJwk.Algorithm.ES256).newSigning();
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
        .isInstanceOf(HsmAwayException.class)
        .hasMessage("the token does not have this key any more");
    assertThat(kept.sign(INPUT)).hasSize(64);
    assertThat(begun.get()).isEqualTo(before);
  }

  @Test
  void aWrongPinIsTriedOnceAndNeverSaid() throws Throwable {
    AtomicInteger tried = new AtomicInteger();
    Cryptoki library =
        faulty
            .with(
                CryptokiCall.LOGIN,
                (arguments, real) -> {
                  tried.incrementAndGet();
                  return real.call(arguments);
                })
            .library();
    Files.writeString(hsm.pinFile(), "wrong-71b0c3\n");
    assertThatThrownBy(() -> open(library))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("CKR_PIN_INCORRECT")
        .hasMessageContaining(hsm.pinFile().toString())
        .hasMessageNotContaining("71b0c3");
    someRounds();
    assertThat(tried.get()).isEqualTo(1);
    Files.writeString(hsm.pinFile(), TestHsm.PIN + "\n");
    HsmPrivateKeys custody = open(library);
    assertThat(custody.obstacle()).isEmpty();
    // Of one that runs, a PIN that is wrong by now is tried again when its file has changed.
    hsm.goAway();
    await(() -> custody.obstacle().isPresent());
    Files.writeString(hsm.pinFile(), "wrong-71b0c3\n");
    Files.setLastModifiedTime(hsm.pinFile(), FileTime.from(Instant.EPOCH));
    tried.set(0);
    hsm.comeBack();
    await(() -> custody.obstacle().orElse("").contains("CKR_PIN_INCORRECT"));
    someRounds();
    assertThat(tried.get()).isEqualTo(1);
    Files.writeString(hsm.pinFile(), TestHsm.PIN + "\n");
    await(() -> custody.obstacle().isEmpty());
    assertThat(tried.get()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 40})
  void anAttributesLengthIsNotBelieved(long length) throws Throwable {
    boolean[] lies = {false};
    HsmPrivateKeys custody =
        open(
            faulty
                .with(
                    CryptokiCall.GET_ATTRIBUTE_VALUE,
                    (arguments, real) -> {
                      long answer = real.call(arguments);
                      if (lies[0]) {
                        FaultyHsm.at(arguments[2], 24).set(JAVA_LONG, 16, length);
                      }
                      return answer;
                    })
                .library());
    PrivateKeys.Signing signing = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    lies[0] = true;
    await(() -> custody.obstacle().orElse("").contains("C_GetAttributeValue answered a length"));
    lies[0] = false;
    await(() -> custody.obstacle().isEmpty());
    assertThat(signing.sign(INPUT)).hasSize(64);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 40})
  void aCountOfSlotsIsNotBelieved(long count) throws Throwable {
    aCountIsNotBelieved(CryptokiCall.GET_SLOT_LIST, 2, count);
  }

  /** -1 and too many at once; and 64 again and again, without an end. */
  @ParameterizedTest
  @ValueSource(longs = {-1, 65, 64})
  void aCountOfObjectsIsNotBelieved(long count) throws Throwable {
    aCountIsNotBelieved(CryptokiCall.FIND_OBJECTS, 3, count);
  }

  /**
   * A call answers a count that is none.
   *
   * @param at which of its arguments points to the count
   */
  private void aCountIsNotBelieved(CryptokiCall call, int at, long count) throws Throwable {
    boolean[] lies = {true};
    HsmPrivateKeys custody =
        open(
            faulty
                .with(
                    call,
                    (arguments, real) -> {
                      long answer = real.call(arguments);
                      if (lies[0]) {
                        FaultyHsm.at(arguments[at], 8).set(JAVA_LONG, 0, count);
                      }
                      return answer;
                    })
                .library());
    assertThat(custody.obstacle().orElseThrow()).contains(call.text + " answered a length");
    lies[0] = false;
    await(() -> custody.obstacle().isEmpty());
  }

  @Test
  void keysAreCalledADevicesOnlyWhereItMakesAllOfThem() throws Throwable {
    Set<HsmAlgorithm> device = EnumSet.noneOf(HsmAlgorithm.class);
    Cryptoki library =
        faulty
            .with(
                CryptokiCall.GET_MECHANISM_INFO,
                (arguments, real) -> {
                  long answer = real.call(arguments);
                  if (device.stream().anyMatch(how -> arguments[1].equals(how.generation()))) {
                    MemorySegment info = FaultyHsm.at(arguments[2], 24);
                    info.set(JAVA_LONG, 16, info.get(JAVA_LONG, 16) | 1);
                  }
                  return answer;
                })
            .library();
    for (HsmAlgorithm one : HsmAlgorithm.values()) {
      device.add(one);
      HsmPrivateKeys some = open(library);
      some.make(keys, "k1", one.algorithm());
      assertThat(some.assurance()).isEqualTo(Assurance.COPYABLE_BY_ROOT);
      device.clear();
    }
    device.addAll(EnumSet.allOf(HsmAlgorithm.class));
    assertThat(open(library).assurance()).isEqualTo(Assurance.NON_EXPORTABLE);
  }

  @Test
  void whatNobodyExpectedDoesNotEndTheWatch() throws Throwable {
    boolean[] fails = {true};
    try (Hsm found =
        Hsm.start(
            faulty.library(),
            hsm.entry(),
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
