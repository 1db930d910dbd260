package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every parser has a fuzz test. A parser is a static method called {@code parse…}, {@code read} or
 * {@code decode} whose first parameter is bytes, text, a stream or JSON; it is fuzzed when a test
 * called {@code …FuzzTest} names it. Those that are not named are listed below with the reason; so
 * are the parsers that are no such method.
 */
class FuzzedParsersTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Pattern NAME = Pattern.compile("parse\\w*|read|decode");
  private static final Set<String> UNREAD =
      Set.of(
          "byte[]",
          "java.lang.String",
          "java.io.InputStream",
          "java.nio.ByteBuffer",
          "java.util.zip.ZipInputStream",
          "dev.counterfoil.format.bytes.JsonObject");

  /**
   * A parser that no fuzz test names, and who reads through it and is fuzzed, or why it need not.
   */
  private static final Map<String, String> REACHED =
      Map.ofEntries(
          Map.entry("assess: Json.parseObject", "AssessmentFuzzTest serves what it reads"),
          Map.entry("assess: ParsedToken.parse", "AssessmentFuzzTest gives it as a sample"),
          Map.entry("authority: Form.decode", "Form.parse"),
          Map.entry("authority: HeadPosition.parse", "two numbers, by Decimal.parse"),
          Map.entry(
              "authority: RevocationPath.parse", "a folder's name, and Decimal.parse behind it"),
          Map.entry(
              "cli: ReleaseKeys.parse", "the operator's own file, and NoteKey.parse behind it"),
          Map.entry(
              "authority: SessionJson.read",
              "StrictJson.object, of another authority whose certificate is known"),
          Map.entry(
              "authority: PersonJson.parse",
              "the authority's own answer at its admin socket, read by the command line"),
          Map.entry(
              "authority: GroupJson.parse",
              "the authority's own answer at its admin socket, read by the command line"),
          Map.entry("configuration: YamlBlock.parse", "ApplyFile.parse"),
          Map.entry("cli: TokenFile.read", "LoggedToken.read"),
          Map.entry(
              "operations: State.parse", "the shipper's own file, in a folder of its own user"),
          Map.entry("custodian: Vouched.parse", "SignedNote.parse and Checkpoint.parse, no more"),
          Map.entry("rules: ConditionReader.read", "RuleReader.read"),
          Map.entry("rules: ValueReader.read", "RuleReader.read"),
          Map.entry("disclosure: BusinessCalendar.parse", "ClockPack.parse"),
          Map.entry("disclosure: ClockRule.parse", "ClockPack.parse"),
          Map.entry("disclosure: ClockStage.parse", "ClockPack.parse"),
          Map.entry("disclosure: TimeLimit.parse", "ClockPack.parse"),
          Map.entry("disclosure: Details.parse", "TheftNotice.parse"),
          Map.entry("disclosure: LogReceipt.parse", "SignedDisclosure.parse"),
          Map.entry("disclosure: WeaknessReport.parse", "WeaknessReport.read"),
          Map.entry("disclosure: Measure.parse", "PublicStatement.parse"),
          Map.entry("disclosure: VictimCounts.parse", "PublicStatement.parse"),
          Map.entry("disclosure: AffectedAccount.parse", "TheftNotice.verify"),
          Map.entry("disclosure: Claim.parse", "PublicStatement.verify"),
          Map.entry("format: AuditLogEnded.parse", "KeyLogState.apply"),
          Map.entry("format: AuditLogStated.parse", "KeyLogState.apply"),
          Map.entry("format: Bounds.parse", "Delegation.parse"),
          Map.entry("format: DisclosureKeyStated.parse", "KeyLogState.apply"),
          Map.entry("format: EndReason.parse", "KeyLogState.apply"),
          Map.entry("format: Hash.read", "takes any 32 bytes"),
          Map.entry("format: KeyLogEntry.parse", "KeyLogState.apply"),
          Map.entry("format: KeyLogEntry.parseTaking", "RevocationLogs.parse"),
          Map.entry("format: KeyLogEvent.parse", "KeyLogState.apply"),
          Map.entry("format: Mode.parse", "Acknowledgement.parse"),
          Map.entry("format: PolicyLines.read", "LogPolicy.parse and TrustPolicy.parse"),
          Map.entry("format: Reason.parse", "KeyLogState.apply"),
          Map.entry(
              "format: SignedJwt.parse",
              "ClientAssertions and DpopProofs, in JwtFuzzTest of the authority"),
          Map.entry("format: StrictJson.parser", "EventGlance, which AuditEventFuzzTest reads"),
          Map.entry("format: WithdrawalReason.parse", "KeyLogState.apply"),
          Map.entry("authority: Grant.parse", "the journal's own records, each with a checksum"),
          Map.entry(
              "authority: GrantSecret.read",
              "48 characters of base64url whose keyed hash is compared first"),
          Map.entry("authority: SignInTerms.parse", "ClientRegistration.parse"),
          Map.entry("authority: ProtocolTerms.parse", "ClientRegistration.parse"),
          Map.entry(
              "cli: SignInState.read", "the authority's own answer, of this host, read by up"),
          Map.entry("http: AddressRange.parse", "from the operator's own configuration"),
          Map.entry("http: WebhookSecrets.parse", "the operator's own secret file"),
          Map.entry("log: BatchHeader.read", "JournalReader.open"),
          Map.entry("log: Counterfoil.parse", "LogEntry.parse"),
          Map.entry("log: Head.read", "LogEntry.parse"),
          Map.entry("log: RecordedDigest.parse", "LogEntry.parse"),
          Map.entry("log: RecordedEvent.parse", "LogEntry.parse"),
          Map.entry("log: SegmentHeader.parse", "JournalReader.open"),
          Map.entry("auditserver: Cursor.parse", "commas and dots, and Decimal.parse between them"),
          Map.entry(
              "auditserver: Place.parse", "TokenId's rules: a dot, and Decimal.parse behind it"),
          Map.entry("keystore: KeyBatch.parse", "an order of the signer's own, through a pipe"),
          Map.entry("keystore: KeyForKeys.parse", "an order of the signer's own, through a pipe"),
          Map.entry(
              "keystore: KeyMaker.read",
              "an answer of a process that the signer started, through a pipe"),
          Map.entry("keystore: KeyOrder.parse", "an order of the signer's own, through a pipe"),
          Map.entry(
              "keystore: MadeKey.parse",
              "an answer of a process that the signer started, through a pipe"),
          Map.entry("keystore: WrappingKey.parse", "an order of the signer's own, through a pipe"),
          Map.entry("spring: PolicyLocation.read", "TrustPolicy.parse, after a limit of bytes"));

  /** Reads what strangers send, and has no method by which it would be found. */
  private static final Map<String, List<String>> OTHERS =
      Map.ofEntries(
          Map.entry("audit", List.of("AuditBundle", "EventQuery", "RowAssembly", "StoreManifest")),
          Map.entry("authority", List.of("ClientAssertions", "DpopProofs")),
          Map.entry("cli", List.of("DigestLines", "LoggedToken", "PolicyFile", "TokenArgument")),
          Map.entry("configuration", List.of("Configuration", "YamlReader")),
          Map.entry(
              "custodian",
              List.of(
                  "HttpRecordStream",
                  "SegmentItems",
                  "NameTable",
                  "TenantCheck",
                  "IssuedBundle",
                  "CountsCheck")),
          Map.entry("drills", List.of("DovecotEventTail", "MailAccessLog")),
          Map.entry(
              "format",
              List.of(
                  "AuditLogConsent", "StrictJson", "KeyLogHead", "KeyLogState", "SignedStatement")),
          Map.entry("http", List.of("SoundReader")),
          Map.entry("log", List.of("LogRestore", "JournalReader", "DigestTable", "BundleOffsets")),
          Map.entry("monitor", List.of("FindingQuery", "Presented")),
          Map.entry("operations", List.of("FileRecords", "M365Events", "OcsfLines")),
          Map.entry("signerprotocol", List.of("FramedConnection")),
          Map.entry("verifier", List.of("DpopProof", "Verifier")));

  private static Map<String, String> fuzzTests() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.filter(m -> Files.isDirectory(m.resolve("src/test"))).toList()) {
        try (Stream<Path> files = Files.walk(module.resolve("src/test"))) {
          StringBuilder text = new StringBuilder();
          for (Path file : files.filter(f -> f.toString().endsWith("FuzzTest.java")).toList()) {
            text.append(Files.readString(file));
          }
          sources.put(module.getFileName().toString().replace("-", ""), text.toString());
        }
      }
    }
    return sources;
  }

  private static String moduleOf(JavaClass type) {
    return type.getPackageName().split("\\.", 4)[2];
  }

  private static List<JavaMethod> parsers() {
    List<JavaMethod> parsers = new ArrayList<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(ArchitectureTest.NO_JARS_OF_TESTS)
            .importPackages("dev.counterfoil")) {
      for (JavaMethod method : type.getMethods()) {
        if (method.getModifiers().contains(JavaModifier.STATIC)
            && !method.getModifiers().contains(JavaModifier.PRIVATE)
            && NAME.matcher(method.getName()).matches()
            && !method.getRawParameterTypes().isEmpty()
            && UNREAD.contains(
                method.getRawParameterTypes().get(0).getName().replace("[B", "byte[]"))) {
          parsers.add(method);
        }
      }
    }
    return parsers;
  }

  private static String nameOf(JavaMethod method) {
    return moduleOf(method.getOwner())
        + ": "
        + method.getOwner().getSimpleName()
        + "."
        + method.getName();
  }

  @Test
  void everyParserIsNamedByAFuzzTestOrListedWithItsReason() throws IOException {
    Map<String, String> tests = fuzzTests();
    Set<String> missing = new TreeSet<>();
    Set<String> listed = new TreeSet<>();
    int fuzzed = 0;
    for (JavaMethod parser : parsers()) {
      String call = parser.getOwner().getSimpleName() + "(\\.|::)" + parser.getName() + "\\b";
      String source = tests.getOrDefault(moduleOf(parser.getOwner()), "");
      if (Pattern.compile("\\b" + call).matcher(source).find()) {
        fuzzed++;
      } else if (REACHED.containsKey(nameOf(parser))) {
        listed.add(nameOf(parser));
      } else {
        missing.add(nameOf(parser));
      }
    }
    assertThat(missing).as("give them a fuzz test, or a reason").isEmpty();
    assertThat(listed).as("reasons for what is there").isEqualTo(new TreeSet<>(REACHED.keySet()));
    assertThat(fuzzed).isGreaterThan(40);
  }

  @Test
  void theOthersAreNamedToo() throws IOException {
    Map<String, String> tests = fuzzTests();
    OTHERS.forEach(
        (module, names) ->
            assertThat(names)
                .as(module)
                .allMatch(
                    name -> tests.getOrDefault(module, "").matches("(?s).*\\b" + name + "\\b.*")));
  }

  /** A fuzz test without good inputs searches only what is refused at once. */
  @Test
  void everyFuzzTestHasAShareOfEveryRun() throws IOException {
    for (Map.Entry<String, String> tests : fuzzTests().entrySet()) {
      if (!tests.getValue().isEmpty()) {
        assertThat(tests.getValue())
            .as(tests.getKey())
            .contains("@FuzzTest(maxDuration = ")
            .containsAnyOf("  @Test\n", "@MethodSource");
      }
    }
  }
}
