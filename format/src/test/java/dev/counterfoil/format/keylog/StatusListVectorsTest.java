package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet.RevokedToken;
import dev.counterfoil.format.keys.TokenId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The golden file in {@code vectors/status-list}, and the example in {@code spec}. */
class StatusListVectorsTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root", ".."));
  private static final Path FILE = ROOT.resolve("vectors/status-list/indexes.txt");
  private static final String ISSUER = "https://login.example/enterprise";
  private static final StatusList LIST = new StatusList(ISSUER, "s1g1", 0);
  private static final long[] REVOKED = {1, 1042, 524_288};

  private record Place(String log, long position) {}

  private static final List<Place> PLACES =
      List.of(
          new Place("s1g1", 0),
          new Place("s1g1", 1),
          new Place("s1g1", 2),
          new Place("s1g1", 1042),
          new Place("s1g1", 1_048_575),
          new Place("s1g1", 1_048_576),
          new Place("s1g1", 1_048_577),
          new Place("s2g1", 0),
          new Place("s1g2", 0),
          new Place("s1g1", TokenId.POSITION_LIMIT - 1));

  private static List<RevokedToken> revoked() {
    List<RevokedToken> revoked = new ArrayList<>();
    for (long position : REVOKED) {
      revoked.add(new RevokedToken("s1g1", position, Instant.EPOCH));
    }
    return revoked;
  }

  /** All of the file but the last line, which depends on who compresses. */
  private static String indexes() {
    StringBuilder text =
        new StringBuilder(
            "comment: positions of logs, the lists that they are in, and their indexes there; then a"
                + " list with some of them revoked\n");
    for (Place place : PLACES) {
      StatusList list = new StatusList(ISSUER, place.log, StatusList.numberOf(place.position));
      text.append("\nlog: " + place.log + "\nposition: " + place.position);
      text.append("\nuri: " + list.uri() + "\nidx: " + list.index(place.position) + "\n");
    }
    text.append("\nlist: " + LIST.uri() + "\nrevoked:");
    for (long position : REVOKED) {
      text.append(' ').append(position);
    }
    text.append("\nindexes:");
    for (long position : REVOKED) {
      text.append(' ').append(LIST.index(position));
    }
    return text.append("\nbits-sha256: " + Hash.sha256(LIST.bits(revoked())).hex() + "\n")
        .toString();
  }

  private static byte[] inflated(String lst) throws Exception {
    Inflater inflater = new Inflater();
    inflater.setInput(Base64Url.decode(lst));
    byte[] bits = new byte[StatusList.POSITIONS / 8];
    assertThat(inflater.inflate(bits)).isEqualTo(bits.length);
    assertThat(inflater.finished()).isTrue();
    inflater.end();
    return bits;
  }

  @Test
  void theIndexesAreTheFiles() throws Exception {
    String file = Files.readString(FILE);
    int last = file.indexOf("lst: ");
    assertThat(file.substring(0, last)).isEqualTo(indexes());
    assertThat(inflated(file.substring(last + 5).strip())).isEqualTo(LIST.bits(revoked()));
  }

  @Test
  void thePagesExampleIsSuchAList() throws Exception {
    String page = Files.readString(ROOT.resolve("spec/status-list.md"));
    String content =
        page.lines().filter(line -> line.startsWith("{\"exp\"")).findFirst().orElseThrow();
    JsonObject shown = StrictJson.object(content.getBytes(StandardCharsets.UTF_8), 4096);
    Instant at = Instant.ofEpochSecond(shown.number("iat"));
    JsonObject made = LIST.content(revoked(), at);
    assertThat(shown.names()).containsExactlyInAnyOrderElementsOf(made.names());
    for (String name : List.of("iss", "sub", "exp", "ttl")) {
      assertThat(shown.get(name)).as(name).isEqualTo(made.get(name));
    }
    assertThat(inflated(shown.object("status_list").string("lst"))).isEqualTo(LIST.bits(revoked()));
    assertThat(page).contains("\"idx\":" + LIST.index(1042) + ",\"uri\":\"" + LIST.uri() + "\"");
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void write() throws IOException, FormatException {
    String lst = LIST.content(revoked(), Instant.EPOCH).object("status_list").string("lst");
    Files.writeString(FILE, indexes() + "lst: " + lst + "\n");
  }
}
