package dev.counterfoil.signer.privatekeys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.keystore.pkcs11.Cryptoki;
import dev.counterfoil.keystore.pkcs11.CryptokiCall;
import dev.counterfoil.keystore.pkcs11.FaultyHsm;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.registrar.root.TrialRoot;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which objects custody destroys in an HSM, and when. */
class HsmOrphansTest extends HsmWorld {
  /** CKA_LABEL. */
  private static final long LABEL = 3;

  @Test
  void aKeyThatTheTokenDoesNotDestroyStopsNothing() throws Throwable {
    long[] answer = {Cryptoki.OK};
    Cryptoki library =
        faulty
            .with(
                CryptokiCall.DESTROY_OBJECT,
                (arguments, real) -> answer[0] == Cryptoki.OK ? real.call(arguments) : answer[0])
            .library();
    HsmPrivateKeys custody = open(library);
    PrivateKeys.Signing signing = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).newSigning();
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    int before = begun.get();
    answer[0] = GENERAL_ERROR;
    custody.destroy(keys, "k2");
    custody.destroyOrphans();
    assertThat(custody.obstacle()).isEmpty();
    assertThat(signing.sign(INPUT)).hasSize(64);
    assertThat(begun.get()).as("no new log-in").isEqualTo(before);
    assertThat(hsm.privateKeys()).isEqualTo(2);
    // Nor does an orphan that a start finds.
    HsmPrivateKeys again = open(library);
    again.destroyOrphans();
    assertThat(again.open(keys, "k1").newSigning().sign(INPUT)).hasSize(64);
    answer[0] = Cryptoki.OK;
    HsmPrivateKeys last = open(library);
    last.destroyOrphans();
    assertThat(hsm.privateKeys()).isEqualTo(1);
    assertThat(last.open(keys, "k1").newSigning().sign(INPUT)).hasSize(64);
  }

  /**
   * A library that destroys keys, or answers otherwise.
   *
   * @param asked counts
   * @param answer what it answers in the place of destroying; OK for destroying
   */
  private Cryptoki destroying(AtomicInteger asked, long[] answer) throws Throwable {
    return faulty
        .with(
            CryptokiCall.DESTROY_OBJECT,
            (arguments, real) -> {
              asked.incrementAndGet();
              return answer[0] == Cryptoki.OK ? real.call(arguments) : answer[0];
            })
        .library();
  }

  /** Has one key, and orphans: others that were destroyed, and that the HSM kept. */
  private HsmPrivateKeys withOrphans(Cryptoki library, long[] destroying, String... orphans)
      throws Exception {
    HsmPrivateKeys custody = open(library);
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    for (String label : orphans) {
      custody.make(keys, label, PublicJwk.Algorithm.ES256);
    }
    destroying[0] = GENERAL_ERROR;
    for (String label : orphans) {
      custody.destroy(keys, label);
    }
    destroying[0] = Cryptoki.OK;
    return custody;
  }

  @Test
  void anOrphanThatTheTokenKeepsIsDestroyedLater() throws Throwable {
    AtomicInteger asked = new AtomicInteger();
    long[] answer = {Cryptoki.OK};
    Cryptoki library = destroying(asked, answer);
    HsmPrivateKeys custody = withOrphans(library, answer, "k2");
    asked.set(0);
    answer[0] = GENERAL_ERROR;
    custody.destroyOrphans();
    assertThat(asked.get()).isEqualTo(1);
    answer[0] = Cryptoki.OK;
    nanos.addAndGet(HsmPrivateKeys.DESTROY_AGAIN.toNanos() - 1);
    custody.destroyOrphans();
    assertThat(asked.get()).isEqualTo(1);
    nanos.incrementAndGet();
    custody.destroyOrphans();
    assertThat(asked.get()).isEqualTo(2);
    assertThat(hsm.privateKeys()).isEqualTo(1);
  }

  @Test
  void aTokenThatIsLostAmongItsOrphansIsToldToDestroyNoMoreOfThem() throws Throwable {
    AtomicInteger asked = new AtomicInteger();
    long[] answer = {Cryptoki.OK};
    Cryptoki library = destroying(asked, answer);
    HsmPrivateKeys custody = withOrphans(library, answer, "k2", "k3");
    int before = begun.get();
    asked.set(0);
    answer[0] = DEVICE_ERROR;
    custody.destroyOrphans();
    assertThat(asked.get()).isEqualTo(1);
    answer[0] = Cryptoki.OK;
    await(() -> begun.get() > before && custody.obstacle().isEmpty());
    custody.destroyOrphans();
    assertThat(asked.get()).as("nor at once when it is back").isEqualTo(1);
    nanos.addAndGet(HsmPrivateKeys.DESTROY_AGAIN.toNanos());
    custody.destroyOrphans();
    assertThat(hsm.privateKeys()).isEqualTo(1);
    assertThat(custody.open(keys, "k1").newSigning().sign(INPUT)).hasSize(64);
  }

  /**
   * Somebody is about to destroy orphans and waits for the lock, under which another one learns
   * that the HSM is lost. What he looked at before is of no use any more: after a new log-in its
   * handles can be those of other objects.
   */
  @Test
  void handlesOfALostTokenDestroyNothing() throws Throwable {
    long[] destroying = {Cryptoki.OK};
    AtomicLong session = new AtomicLong();
    AtomicBoolean lost = new AtomicBoolean();
    AtomicBoolean waited = new AtomicBoolean();
    AtomicBoolean late = new AtomicBoolean();
    AtomicReference<@Nullable Thread> destroyer = new AtomicReference<>();
    FaultyHsm.Fault watched =
        (arguments, real) -> {
          boolean isNow = !lost.get() && arguments[0].equals(session.get());
          if (Thread.currentThread() == destroyer.get() && !isNow) {
            late.set(true);
          }
          return real.call(arguments);
        };
    Cryptoki library =
        faulty
            .with(
                CryptokiCall.INITIALIZE,
                (arguments, real) -> {
                  begun.incrementAndGet();
                  lost.set(false);
                  return real.call(arguments);
                })
            .with(
                CryptokiCall.OPEN_SESSION,
                (arguments, real) -> {
                  // One more, so that no session has the handle of the one before the loss.
                  if (begun.get() > 1) {
                    real.call(arguments);
                  }
                  long answer = real.call(arguments);
                  session.set(FaultyHsm.at(arguments[4], 8).get(JAVA_LONG, 0));
                  return answer;
                })
            .with(
                CryptokiCall.GENERATE_KEY_PAIR,
                (arguments, real) -> {
                  Thread other = destroyer.get();
                  if (other == null) {
                    return real.call(arguments);
                  }
                  other.start();
                  long end = System.nanoTime() + PATIENCE.toNanos();
                  while (other.getState() != Thread.State.BLOCKED && System.nanoTime() < end) {
                    Thread.onSpinWait();
                  }
                  waited.set(other.getState() == Thread.State.BLOCKED);
                  lost.set(true);
                  return DEVICE_ERROR;
                })
            .with(CryptokiCall.GET_ATTRIBUTE_VALUE, watched)
            .with(
                CryptokiCall.DESTROY_OBJECT,
                (arguments, real) ->
                    destroying[0] == Cryptoki.OK ? watched.call(arguments, real) : destroying[0])
            .library();
    HsmPrivateKeys custody = withOrphans(library, destroying, "k2");
    Thread other = Thread.ofPlatform().unstarted(custody::destroyOrphans);
    destroyer.set(other);
    assertThatThrownBy(() -> custody.make(keys, "k3", PublicJwk.Algorithm.ES256))
        .isInstanceOf(HsmAwayException.class);
    assertThat(other.join(PATIENCE)).isTrue();
    assertThat(waited.get()).isTrue();
    assertThat(late.get()).isFalse();
    await(() -> custody.obstacle().isEmpty());
    nanos.addAndGet(HsmPrivateKeys.DESTROY_AGAIN.toNanos());
    custody.destroyOrphans();
    assertThat(hsm.privateKeys()).isEqualTo(1);
    assertThat(custody.open(keys, "k1").newSigning().sign(INPUT)).hasSize(64);
  }

  private static long saidToBeDestroyed(HsmPrivateKeys custody) {
    List<String> said = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            said.add(record.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(HsmPrivateKeys.class.getName());
    logger.addHandler(handler);
    try {
      custody.destroyOrphans();
    } finally {
      logger.removeHandler(handler);
    }
    return said.stream().filter(text -> text.contains("It is destroyed")).count();
  }

  @Test
  void anObjectThatIsSomebodyElsesIsNotSaidToBeDestroyed() throws Throwable {
    long[] destroying = {Cryptoki.OK};
    boolean[] relabelled = {false};
    Cryptoki library =
        faulty
            .with(
                CryptokiCall.DESTROY_OBJECT,
                (arguments, real) ->
                    destroying[0] == Cryptoki.OK ? real.call(arguments) : destroying[0])
            .with(
                CryptokiCall.GET_ATTRIBUTE_VALUE,
                (arguments, real) -> {
                  long answer = real.call(arguments);
                  MemorySegment attribute = FaultyHsm.at(arguments[2], 24);
                  MemorySegment value = attribute.get(ADDRESS, 8);
                  if (relabelled[0]
                      && attribute.get(JAVA_LONG, 0) == LABEL
                      && value.address() != 0) {
                    FaultyHsm.at(value, 1).set(JAVA_BYTE, 0, (byte) 'x');
                  }
                  return answer;
                })
            .library();
    HsmPrivateKeys custody = withOrphans(library, destroying, "k2");
    relabelled[0] = true;
    assertThat(saidToBeDestroyed(custody)).isZero();
    assertThat(hsm.privateKeys()).isEqualTo(2);
    relabelled[0] = false;
    assertThat(saidToBeDestroyed(open(library))).isEqualTo(1);
    assertThat(hsm.privateKeys()).isEqualTo(1);
  }

  @Test
  void objectsOfOthersAreLeftAloneWhateverTheSearchFinds() throws Throwable {
    Path other = Files.createDirectories(folder.resolve("other/g1/keys"));
    SecretFile passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
    SoftwarePrivateKeys software =
        new SoftwarePrivateKeys(TestMaking.sealed(passphrase), "enterprise");
    try (HsmPrivateKeys others =
        HsmPrivateKeys.start(
            folder.resolve("other"), hsm.entry(), Set.of(HsmAlgorithm.ES256), software)) {
      others.make(other, "k1", PublicJwk.Algorithm.ES256);
    }
    // A library that takes every object for one that has the label.
    Cryptoki library =
        faulty
            .with(
                CryptokiCall.FIND_OBJECTS_INIT,
                (arguments, real) -> real.call(arguments[0], arguments[1], 1L))
            .library();
    HsmPrivateKeys custody = open(library);
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    custody.close();
    Files.delete(keys.resolve("k2.pkcs11"));
    HsmPrivateKeys again = open(library);
    assertThat(hsm.privateKeys()).isEqualTo(3);
    again.destroyOrphans();
    assertThat(hsm.privateKeys()).as("its own orphan, and nobody else's").isEqualTo(2);
  }
}
