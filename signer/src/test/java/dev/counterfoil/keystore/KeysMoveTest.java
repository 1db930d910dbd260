package dev.counterfoil.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.pkcs11.TestHsm;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.Strace;
import dev.counterfoil.signer.privatekeys.HsmWorld;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Keys at rest are moved from one way of sealing to another, and whoever moves them dies at each of
 * his steps: every key is sealed in one of the two ways and is what it was, and the next start with
 * the same configuration goes on.
 */
class KeysMoveTest extends HsmWorld {
  private static final String OTHER_LABEL = "another-token";
  private static final Set<String> CHANGES = Set.of("replace", "delete", "rename");

  /** From what to what. */
  enum Direction {
    TO_A_TOKEN(0),
    BACK(1),
    TO_ANOTHER_TOKEN(2);

    /** The first step at which somebody dies; another one for each. */
    private final int first;

    Direction(int first) {
      this.first = first;
    }

    /** The other way round. */
    Direction reverse() {
      return switch (this) {
        case TO_A_TOKEN -> BACK;
        case BACK -> TO_A_TOKEN;
        case TO_ANOTHER_TOKEN -> TO_ANOTHER_TOKEN;
      };
    }
  }

  /** What a process that dies does not come back from. */
  private static final class Died extends Error {
    private static final long serialVersionUID = 1L;
  }

  @SuppressWarnings("NullAway.Init") // made before each test
  private SecretFile passphrase;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path owner;

  @BeforeEach
  void makeTokens() throws Exception {
    hsm.makeToken(OTHER_LABEL);
    passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
    owner = folder.resolve("owner");
  }

  private KeysAtRest passphraseAlone() {
    return new KeysAtRest(owner, Optional.of(passphrase), Optional.empty(), Optional.empty());
  }

  private KeysAtRest tokenAlone(String label) throws IOException {
    return new KeysAtRest(owner, Optional.empty(), Optional.of(hsm.entry(label)), Optional.empty());
  }

  private KeysAtRest before(Direction direction) throws IOException {
    return direction == Direction.TO_A_TOKEN ? passphraseAlone() : tokenAlone(TestHsm.LABEL);
  }

  private KeysAtRest moving(Direction direction) throws IOException {
    return moving(direction, TestHsm.LABEL, OTHER_LABEL);
  }

  private KeysAtRest moving(Direction direction, String from, String to) throws IOException {
    return switch (direction) {
      case TO_A_TOKEN ->
          new KeysAtRest(
              owner, Optional.of(passphrase), Optional.of(hsm.entry(from)), Optional.empty());
      case BACK ->
          new KeysAtRest(
              owner, Optional.of(passphrase), Optional.empty(), Optional.of(hsm.entry(from)));
      case TO_ANOTHER_TOKEN ->
          new KeysAtRest(
              owner, Optional.empty(), Optional.of(hsm.entry(to)), Optional.of(hsm.entry(from)));
    };
  }

  private KeysAtRest after(Direction direction) throws IOException {
    return switch (direction) {
      case TO_A_TOKEN -> tokenAlone(TestHsm.LABEL);
      case BACK -> passphraseAlone();
      case TO_ANOTHER_TOKEN -> tokenAlone(OTHER_LABEL);
    };
  }

  /** What each sealed file is for. */
  private static final Map<String, String> KEYS =
      new TreeMap<>(
          Map.of(
              "keys/log", "Ed25519 key login.example/logs/s1g1",
              "keys/statement", "Ed25519 key login.example/registrar",
              "g1/keys/k1", "token key of enterprise: k1",
              "g1/keys/k2", "token key of enterprise: k2"));

  /** The folder as it was when its keys were made, which the HSMs know for as long. */
  private void putBack() throws IOException {
    delete(owner);
    copy(folder.resolve("made"), owner);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  /** Keys as a signer and a registrar have them, sealed in the way before. */
  private Map<String, byte[]> makeKeys(Direction direction) throws Exception {
    // As the process has it that holds the folder's lock.
    Path _ = Files.createDirectories(owner);
    before(direction).open("enterprise");
    KeyForKeys with =
        direction == Direction.TO_A_TOKEN
            ? new KeyForKeys.PassphraseFile(passphrase)
            : new KeyForKeys.InHsm(WrappingKey.openOrMake(owner, hsm.entry()));
    SealedKeys sealed = SealedKeys.with(with, KeyMaker::make);
    FileDisk disk = FileDisk.privateFolder(owner.resolve("keys"));
    Ed25519Key.openOrMake(sealed, disk, "log", "login.example/logs/s1g1");
    Ed25519Key.openOrMake(sealed, disk, "statement", "login.example/registrar");
    SoftwarePrivateKeys custody = new SoftwarePrivateKeys(sealed, "enterprise");
    custody.make(owner.resolve("g1/keys"), "k1", PublicJwk.Algorithm.ES256);
    custody.make(owner.resolve("g1/keys"), "k2", PublicJwk.Algorithm.EDDSA);
    Map<String, byte[]> made = new HashMap<>();
    for (String key : KEYS.keySet()) {
      made.put(key, open(sealed, key));
    }
    copy(owner, folder.resolve("made"));
    return made;
  }

  private byte[] open(SealedKeys sealed, String key) throws Exception {
    Path file = owner.resolve(key + ".sealed");
    return sealed.open(
        FileDisk.privateFolder(file.resolveSibling("").toAbsolutePath()),
        String.valueOf(file.getFileName()),
        String.valueOf(KEYS.get(key)));
  }

  /** All ways in which the folder's keys could be opened now. */
  private List<SealedKeys> ways() throws Exception {
    List<SealedKeys> ways = new ArrayList<>();
    ways.add(SealedKeys.with(new KeyForKeys.PassphraseFile(passphrase), KeyMaker::make));
    List<String> ids = new ArrayList<>();
    for (String file : List.of(WrappingKey.FILE, WrappingKey.NEXT_FILE)) {
      if (Files.exists(owner.resolve(file))) {
        ids.add(Files.readString(owner.resolve(file)).strip());
      }
    }
    for (String id : ids.stream().distinct().toList()) {
      for (String label : List.of(TestHsm.LABEL, OTHER_LABEL)) {
        WrappingKey key =
            WrappingKey.parse(
                dev.counterfoil.format.bytes.JsonObject.builder()
                    .put("library", TestHsm.LIBRARY.toString())
                    .put("token", label)
                    .put("pin_file", hsm.pinFile().toString())
                    .put("id", id)
                    .build());
        ways.add(SealedKeys.unchecked(new KeyForKeys.InHsm(key)));
      }
    }
    return ways;
  }

  /** Nothing is lost, and no key is sealed in two ways. */
  private void eachKeyIsSealedInOneWay(Map<String, byte[]> made) throws Exception {
    List<SealedKeys> ways = ways();
    for (Map.Entry<String, byte[]> key : made.entrySet()) {
      int opened = 0;
      for (SealedKeys way : ways) {
        Path file = owner.resolve(key.getKey() + ".sealed");
        FileDisk disk = FileDisk.privateFolder(file.resolveSibling("").toAbsolutePath());
        String name = String.valueOf(file.getFileName());
        boolean isOfItsKind =
            new String(disk.read(name, 4096), StandardCharsets.ISO_8859_1).startsWith(way.magic());
        if (isOfItsKind && way.opens(disk, name, String.valueOf(KEYS.get(key.getKey())))) {
          assertThat(open(way, key.getKey())).isEqualTo(key.getValue());
          opened++;
        }
      }
      assertThat(opened).as(key.getKey()).isEqualTo(1);
    }
    try (Stream<Path> files = Files.walk(owner)) {
      assertThat(files.filter(file -> file.toString().endsWith(".sealed"))).hasSize(made.size());
    }
  }

  private void isMoved(Direction direction, Map<String, byte[]> made) throws Exception {
    eachKeyIsSealedInOneWay(made);
    SealedKeys sealed = after(direction).open("enterprise");
    for (Map.Entry<String, byte[]> key : made.entrySet()) {
      assertThat(open(sealed, key.getKey())).as(key.getKey()).isEqualTo(key.getValue());
    }
    assertThat(owner.resolve(WrappingKey.NEXT_FILE)).doesNotExist();
    assertThat(WrappingKey.isUsedIn(owner)).isEqualTo(direction != Direction.BACK);
    assertThat(KeysMove.isPassphraseNeeded(owner)).isEqualTo(direction == Direction.BACK);
    // The way before opens nothing any more, and says what to do.
    assertThatThrownBy(() -> before(direction).open("enterprise"))
        .isInstanceOfAny(StartRefusedException.class, java.security.GeneralSecurityException.class);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void whoeverDiesAtAStepLosesNothingAndTheNextStartGoesOn(Direction direction) throws Exception {
    // Every fifth step, of which each direction has others.
    diesAtSteps(direction, direction.first, 5);
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource(Direction.class)
  void whoeverDiesAtAnyStepLosesNothing(Direction direction) throws Exception {
    // Before and after each of four keys' replacement, and of what names the HSMs.
    assertThat(diesAtSteps(direction, 0, 1)).isGreaterThanOrEqualTo(10);
  }

  private int diesAtSteps(Direction direction, int first, int stride) throws Exception {
    Map<String, byte[]> made = makeKeys(direction);
    int deaths = 0;
    int step = first;
    while (diesAt(step, moving(direction))) {
      deaths++;
      eachKeyIsSealedInOneWay(made);
      // The next start dies, too, one step further on.
      diesAt(1, moving(direction));
      moving(direction).open("enterprise");
      // And once more, as long as the configuration names both.
      moving(direction).open("enterprise");
      isMoved(direction, made);
      putBack();
      step += stride;
    }
    // Nobody died any more.
    isMoved(direction, made);
    assertThat(deaths).isPositive();
    return deaths;
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void aMoveThatWasBegunCanBeTakenBack(Direction direction) throws Exception {
    Map<String, byte[]> made = makeKeys(direction);
    for (int step : new int[] {1, 6}) {
      assertThat(diesAt(step, moving(direction))).isTrue();
      KeysAtRest back =
          direction == Direction.TO_ANOTHER_TOKEN
              ? moving(direction, OTHER_LABEL, TestHsm.LABEL)
              : moving(direction.reverse());
      back.open("enterprise");
      eachKeyIsSealedInOneWay(made);
      SealedKeys sealed = before(direction).open("enterprise");
      for (Map.Entry<String, byte[]> key : made.entrySet()) {
        assertThat(open(sealed, key.getKey())).as(key.getKey()).isEqualTo(key.getValue());
      }
      putBack();
    }
  }

  /** Dies before the n-th change of a disk, or after it: every even step, and every odd one. */
  private static boolean diesAt(int step, KeysAtRest keys) throws Exception {
    int[] changes = {0};
    try {
      keys.open("enterprise", folder -> dying(FileDisk.privateFolder(folder), changes, step));
      return false;
    } catch (Died e) {
      return true;
    }
  }

  private static Disk dying(Disk disk, int[] changes, int step) {
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (_, method, arguments) -> {
              boolean isLast = CHANGES.contains(method.getName()) && changes[0]++ == step / 2;
              if (isLast && step % 2 == 0) {
                throw new Died();
              }
              try {
                Object answer = method.invoke(disk, arguments);
                if (isLast) {
                  throw new Died();
                }
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void aConfigurationThatNamesOneWayAloneIsRefusedAndChangesNothing(Direction direction)
      throws Exception {
    Map<String, byte[]> made = makeKeys(direction);
    String advice =
        switch (direction) {
          case TO_A_TOKEN -> "Put passphrase-file back beside it";
          case BACK -> "name it as wrapping-key-before";
          case TO_ANOTHER_TOKEN -> "or name that token as wrapping-key-before";
        };
    assertThatThrownBy(() -> after(direction).open("enterprise")).hasMessageContaining(advice);
    eachKeyIsSealedInOneWay(made);
    moving(direction).open("enterprise");
    isMoved(direction, made);
  }

  @Test
  void aChangeOfTokensThatIsNotDoneIsNamed() throws Exception {
    Map<String, byte[]> made = makeKeys(Direction.TO_ANOTHER_TOKEN);
    assertThat(diesAt(5, moving(Direction.TO_ANOTHER_TOKEN))).isTrue();
    for (KeysAtRest alone :
        List.of(tokenAlone(TestHsm.LABEL), tokenAlone(OTHER_LABEL), moving(Direction.BACK))) {
      assertThatThrownBy(() -> alone.open("enterprise"))
          .isInstanceOf(StartRefusedException.class)
          .hasMessageContaining("Name both, as wrapping-key and wrapping-key-before");
    }
    eachKeyIsSealedInOneWay(made);
    moving(Direction.TO_ANOTHER_TOKEN).open("enterprise");
    isMoved(Direction.TO_ANOTHER_TOKEN, made);
  }

  /** Nobody uses it, and nobody knows what it is for: it is not deleted without being asked. */
  @ParameterizedTest
  @EnumSource(Direction.class)
  void aKeyWithoutItsPublicHalfStaysAndIsSaid(Direction direction) throws Exception {
    Map<String, byte[]> made = makeKeys(direction);
    Path half = owner.resolve("g1/keys/k2.jwk");
    Files.move(half, folder.resolve("half"));
    moving(direction).open("enterprise");
    eachKeyIsSealedInOneWay(made);
    assertThatThrownBy(() -> after(direction).open("enterprise"))
        .isInstanceOf(StartRefusedException.class);
    Files.move(folder.resolve("half"), half);
    moving(direction).open("enterprise");
    isMoved(direction, made);
  }

  @Test
  void whatContradictsItselfIsRefused() throws Exception {
    assertThatThrownBy(
            () -> new KeysAtRest(owner, Optional.empty(), Optional.empty(), Optional.empty()))
        .hasMessageContaining("one of the two");
    assertThatThrownBy(
            () ->
                new KeysAtRest(
                    owner,
                    Optional.of(passphrase),
                    Optional.of(hsm.entry()),
                    Optional.of(hsm.entry(OTHER_LABEL))))
        .hasMessageContaining("not both");
    assertThatThrownBy(() -> moving(Direction.TO_ANOTHER_TOKEN, TestHsm.LABEL, TestHsm.LABEL))
        .hasMessageContaining("between two tokens");
  }

  /** One of the system calls of each move, the same in each build. */
  @ParameterizedTest
  @EnumSource(Direction.class)
  void killedAtASystemCall(Direction direction) throws Exception {
    Map<String, byte[]> made = makeKeys(direction);
    SplittableRandom random = new SplittableRandom(7 + direction.first);
    String call = random.nextBoolean() ? "rename" : "fsync";
    // So many there are in every direction: one for each key at least.
    int when = random.nextInt(1, KEYS.size() + 1);
    assertThat(isKilledAt(direction, made, call, when)).as("%s %d", call, when).isTrue();
  }

  /** Each of them. */
  @Test
  @Tag("full")
  void killedAtEverySystemCall() throws Exception {
    Map<String, Integer> kills = new TreeMap<>();
    for (Direction direction : Direction.values()) {
      Map<String, byte[]> made = makeKeys(direction);
      for (String call : List.of("rename", "fsync", "unlink", "pwrite64")) {
        int when = 1;
        while (isKilledAt(direction, made, call, when)) {
          kills.merge(direction + " " + call, 1, Integer::sum);
          when++;
          putBack();
        }
        putBack();
      }
      delete(owner);
      delete(folder.resolve("made"));
    }
    System.out.println("killed at: " + kills);
    for (Direction direction : Direction.values()) {
      assertThat(kills.get(direction + " rename")).isGreaterThanOrEqualTo(4);
      assertThat(kills.get(direction + " fsync")).isGreaterThanOrEqualTo(8);
    }
  }

  private boolean isKilledAt(Direction direction, Map<String, byte[]> made, String call, int when)
      throws Exception {
    Strace.assumeInstalled();
    boolean isKilled = run(direction, Strace.killing(call, when)) != 0;
    eachKeyIsSealedInOneWay(made);
    assertThat(run(direction, List.of())).as("the next start").isZero();
    isMoved(direction, made);
    return isKilled;
  }

  private int run(Direction direction, List<String> prefix) throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            KeysMoveMain.class.getName(),
            owner.toString(),
            direction == Direction.TO_ANOTHER_TOKEN ? "" : passphrase.path().toString(),
            switch (direction) {
              case TO_A_TOKEN -> TestHsm.LABEL;
              case BACK -> "";
              case TO_ANOTHER_TOKEN -> OTHER_LABEL;
            },
            direction == Direction.TO_A_TOKEN ? "" : TestHsm.LABEL,
            hsm.pinFile().toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(hsm.environment());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isIn(0, 128 + 9);
    return process.exitValue();
  }
}
