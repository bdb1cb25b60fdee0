//! Charts of figures, as SVG.

use anyhow::Context as _;
use plotters::prelude::*;

/// Lines over a few places that lie side by side.
#[derive(Debug)]
pub struct Chart<'a> {
    pub title: &'a str,
    /// What the values are counted in.
    pub unit: &'a str,
    /// What the places are.
    pub across: &'a str,
    pub places: &'a [&'a str],
    pub lines: &'a [Line],
}

/// One line of a chart.
#[derive(Debug)]
pub struct Line {
    pub label: String,
    /// One value a place.
    pub values: Vec<f64>,
}

const SIZE: (u32, u32) = (860, 420);
const FONT: &str = "sans-serif";
/// Told apart without colours, too: each line ends with its own mark in the legend's order.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 90, 156),
    RGBColor(0, 140, 105),
    RGBColor(120, 70, 160),
    RGBColor(70, 70, 70),
    RGBColor(200, 80, 0),
    RGBColor(170, 30, 60),
    RGBColor(150, 120, 0),
    RGBColor(100, 150, 200),
];

impl Chart<'_> {
    /// The chart as the text of an SVG file.
    pub fn svg(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        {
            let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
            self.draw(&area).map_err(|error| anyhow::anyhow!("{}: {error}", self.title))?;
            area.present().context("the chart was not drawn")?;
        }
        Ok(text + "\n")
    }

    fn draw<'a>(&self, area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>) -> Drawn<'a> {
        area.fill(&WHITE)?;
        let top = self.lines.iter().flat_map(|line| &line.values).fold(0.0, |top: f64, value| top.max(*value));
        let last = self.places.len().saturating_sub(1) as f64;
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, (FONT, 20))
            .margin(14)
            .x_label_area_size(46)
            .y_label_area_size(64)
            .build_cartesian_2d(-0.2..last + 0.2, 0.0..(top * 1.1).max(f64::MIN_POSITIVE))?;
        let place = |x: &f64| {
            let near = (x - x.round()).abs() < 0.01 && *x >= -0.01;
            let place = self.places.get(x.round().max(0.0) as usize).filter(|_| near);
            place.map_or_else(String::new, |place| (*place).to_owned())
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(self.places.len() * 2)
            .x_label_formatter(&place)
            .x_desc(self.across)
            .y_desc(self.unit)
            .label_style((FONT, 14))
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let points: Vec<(f64, f64)> = line.values.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect();
            let style = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(points.clone(), style))?
                .label(&line.label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
            chart.draw_series(points.into_iter().map(|point| Circle::new(point, 3, colour.filled())))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .label_font((FONT, 13))
            .draw()
    }
}

/// What drawing gives.
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn a_chart_names_its_places_and_lines() {
        let lines = [Line { label: "ours".into(), values: vec![1.0, 2.0, 1.5] }];
        let places = ["ten", "hundred", "thousand"];
        let chart = Chart { title: "Import", unit: "s", across: "rows", places: &places, lines: &lines };
        let svg = chart.svg().unwrap();
        for word in ["Import", "ours", "ten", "hundred", "thousand", "rows"] {
            assert!(svg.contains(&format!("\n{word}\n")), "{word} is not in {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 3, "{svg}");
        assert!(Chart { lines: &[], ..chart }.svg().is_ok());
    }
}
