package dev.counterfoil.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

/** Figures of the log benchmark, from what its processes print. */
class LogReportTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void theWarmUpDoesNotCountAndTheWorstSecondDoes() {
    LogReport.Sustained sustained =
        LogReport.Sustained.of(
            List.of(
                new long[] {0, 0},
                new long[] {10, SECOND},
                new long[] {100, 2 * SECOND},
                new long[] {1_100, 3 * SECOND},
                new long[] {1_600, 4 * SECOND},
                new long[] {3_100, 5 * SECOND}));
    assertThat(sustained).isEqualTo(new LogReport.Sustained(3_000, 3.0, 1_000, 500));
  }

  @Test
  void costIsOfTheEntriesBetweenTwoSamples() {
    assertThat(
            LogReport.Sample.of(
                List.of(
                    new long[] {1_000, 0, 0},
                    new long[] {3_000, 10_000_000, 4_000_000},
                    new long[] {3_000, 20_000_000, 8_000_000})))
        .containsExactly(new LogReport.Sample(3_000, 5, 2));
  }

  @Test
  void anEntryIsAllowedTheRecordAndItsTwoHashesTimesOnePointTwo() {
    LogReport.Space space = LogReport.Space.of(4_000, 10);
    assertThat(space.bytesPerEntry()).isEqualTo(400);
    assertThat(space.bytesMax()).isEqualTo(348.1);
  }

  @Test
  void thePlotIsWellFormedAndStaysInsideOfItsPicture() throws Exception {
    String svg =
        LogReport.picture(
            List.of(
                new LogReport.Sample(13_335, 7.5, 9),
                new LogReport.Sample(100_735, 3.2, 4),
                new LogReport.Sample(10_000_512, 3.1, 4.1)));
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    var curves = document.getElementsByTagName("polyline");
    assertThat(curves.getLength()).isEqualTo(2);
    for (int i = 0; i < curves.getLength(); i++) {
      String points = curves.item(i).getAttributes().getNamedItem("points").getNodeValue();
      for (String point : points.split(" ", -1)) {
        String[] at = point.split(",", -1);
        assertThat(Double.parseDouble(at[0])).isBetween(60.0, 740.0);
        assertThat(Double.parseDouble(at[1])).isBetween(40.0, 275.0);
      }
    }
  }
}
