package dev.counterfoil.format.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestCosigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The golden files in {@code vectors/custody}, and the example in {@code spec/custody.md}. {@code
 * -Dcounterfoil.vectors.write=true} writes them.
 */
class CustodyVectorsTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));
  private static final Path FOLDER = ROOT.resolve("vectors/custody");
  private static final long TIME = 1_795_608_000;
  private static final String ORIGIN = "login.example/logs/s1g1";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws IOException {
    return VectorFiles.each(FOLDER, 11, CustodyVectorsTest::check);
  }

  private static void check(String vector) throws FormatException {
    Matcher matcher =
        Pattern.compile(
                "comment: [^\n]*\nexpect: ([^\n]*)\n--- custodian\n([^\n]*)\n--- origin\n([^\n]*)\n"
                    + "--- counts\n(.*?)--- statement\n(.*)",
                Pattern.DOTALL)
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    assertThat(found(matcher.group(2), matcher.group(3), matcher.group(4), utf8(matcher.group(5))))
        .isEqualTo(matcher.group(1));
  }

  private static String found(String vkey, String origin, String counts, byte[] note)
      throws FormatException {
    CustodyStatement statement;
    try {
      statement = CustodyStatement.verify(note, origin, CosignerKey.parse(vkey));
    } catch (FormatException e) {
      return "statement refused";
    }
    List<String[]> lines = counts.lines().map(line -> line.split(" ", -1)).toList();
    List<TenantCount> all = new ArrayList<>();
    for (String[] line : lines) {
      all.add(new TenantCount(line[3], Long.parseLong(line[2]), Hash.parseBase64(line[1])));
    }
    if (all.size() > 1) {
      return statement.faultOf(all).isEmpty() ? "all" : "not all";
    }
    String[] own = lines.get(0);
    List<Hash> path = new ArrayList<>();
    for (int i = 4; i < own.length; i++) {
      path.add(Hash.parseBase64(own[i]));
    }
    return statement.proves(all.get(0), Long.parseLong(own[0]), path) ? "proved" : "not proved";
  }

  @Test
  void theExampleOnThePageIsAVector() throws IOException {
    String page = Files.readString(ROOT.resolve("spec/custody.md"));
    String vector = Files.readString(FOLDER.resolve("own.txt"));
    String statement = vector.substring(vector.indexOf("--- statement\n") + 14);
    assertThat(page).contains("```\n" + statement + "```");
    Matcher count =
        Pattern.compile("--- counts\n(\\d+) (\\S+) (\\d+) (\\w+) (\\S+)").matcher(vector);
    assertThat(count.find()).isTrue();
    for (int group = 1; group <= 5; group++) {
      assertThat(page).contains(count.group(group));
    }
  }

  // ---- writing ----

  private final TestCosigner custodian =
      new TestCosigner("custodian.example/c1", Algorithm.ED25519, 7);

  private static Hash salt(String of) {
    return Hash.sha256(utf8("salt of " + of));
  }

  private static List<TenantCount> counts(long ofFabrikam, TenantCount... more) {
    List<TenantCount> counts = new ArrayList<>();
    counts.add(new TenantCount("contoso", 3, salt("contoso")));
    counts.add(new TenantCount("fabrikam", ofFabrikam, salt("fabrikam")));
    counts.addAll(List.of(more));
    return CustodyStatement.fill(counts, i -> salt("filler " + i));
  }

  private static Checkpoint checkpoint(int size) {
    MerkleFrontier tree = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    for (int i = 0; i < size; i++) {
      tree.append(Leaf.of(utf8("token " + i)).hash(hasher));
    }
    return new Checkpoint(ORIGIN, size, tree.root());
  }

  private String sign(String text) throws Exception {
    Cosignature cosignature = Cosignature.make(text, TIME, custodian);
    return new String(
        new SignedNote(text, List.of(cosignature.line())).bytes(), StandardCharsets.UTF_8);
  }

  private static String line(List<TenantCount> all, int index) {
    TenantCount count = all.get(index);
    return index + " " + count.salt().base64() + " " + count.count() + " " + count.tenant();
  }

  private static String own(List<TenantCount> all, String tenant) throws Exception {
    int index = 0;
    while (!all.get(index).tenant().equals(tenant)) {
      index++;
    }
    StringBuilder line = new StringBuilder(line(all, index));
    for (Hash hash : path(all, index)) {
      line.append(' ').append(hash.base64());
    }
    return line + "\n";
  }

  private static List<Hash> path(List<TenantCount> all, int index) throws Exception {
    return InclusionProof.make(
            (level, at) -> {
              MerkleFrontier tree = new MerkleFrontier();
              for (long i = at << level; i < (at + 1) << level; i++) {
                tree.append(all.get((int) i).leaf());
              }
              return tree.root();
            },
            index,
            all.size())
        .path();
  }

  private static String lines(List<TenantCount> all) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < all.size(); i++) {
      lines.append(line(all, i)).append('\n');
    }
    return lines.toString();
  }

  private void write(String name, String comment, String expect, String counts, String statement)
      throws IOException {
    VectorFiles.write(
        FOLDER,
        name,
        "comment: %s\nexpect: %s\n--- custodian\n%s\n--- origin\n%s\n--- counts\n%s--- statement\n%s"
            .formatted(comment, expect, custodian.key(), ORIGIN, counts, statement));
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void writes() throws Exception {
    List<TenantCount> all = counts(5);
    CustodyStatement stated = CustodyStatement.of(checkpoint(8), all);
    String note = sign(stated.text());
    String own = own(all, "contoso");
    write("own", "a tenant's own count", "proved", own, note);
    write("filler", "a leaf that fills up", "proved", own(all, ""), note);
    String[] words = own.split(" ", -1);
    words[2] = "2";
    write("own-other-count", "one less", "not proved", String.join(" ", words), note);
    words = own.split(" ", -1);
    words[1] = salt("another").base64();
    write("own-other-salt", "the salt of another", "not proved", String.join(" ", words), note);
    words = own.split(" ", -1);
    words[0] = Integer.toString(Integer.parseInt(words[0]) ^ 1);
    write("own-other-index", "its neighbour's place", "not proved", String.join(" ", words), note);
    words = own.split(" ", -1);
    words[3] = "fabrikam";
    write("own-other-tenant", "another's name", "not proved", String.join(" ", words), note);
    write(
        "own-short-path",
        "a hash is missing",
        "not proved",
        own.substring(0, own.lastIndexOf(' ')) + "\n",
        note);
    write("all", "all counts", "all", lines(all), note);
    write("all-but-one", "the last leaf is left out", "not all", lines(all.subList(0, 15)), note);
    List<TenantCount> few = counts(4);
    write(
        "too-few",
        "the counts add up to seven of eight",
        "not all",
        lines(few),
        sign(CustodyStatement.of(checkpoint(8), few).text()));
    List<TenantCount> twice = counts(4, new TenantCount("contoso", 1, salt("contoso again")));
    write(
        "tenant-twice",
        "a tenant on two accounts",
        "not all",
        lines(twice),
        sign(CustodyStatement.of(checkpoint(8), twice).text()));
    write(
        "other-origin",
        "a statement of another log",
        "statement refused",
        own,
        sign(stated.text().replace("s1g1", "s1g2")));
    write(
        "other-root",
        "the log's root was changed after signing",
        "statement refused",
        own,
        note.replace(checkpoint(8).root().base64(), checkpoint(7).root().base64()));
    write(
        "no-counts",
        "a plain checkpoint of the custodian",
        "statement refused",
        own,
        sign(checkpoint(8).text()));
    write(
        "leading-zero",
        "016 leaves",
        "statement refused",
        own,
        sign(stated.text().replace("/v1 16 ", "/v1 016 ")));
    write(
        "no-leaves",
        "no leaves",
        "statement refused",
        own,
        sign(stated.text().replace("/v1 16 ", "/v1 0 ")));
  }
}
