//! Samples of one figure over the rounds.

/// The values of a figure, one a round.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Samples(pub Vec<f64>);

impl Samples {
    /// The middle value; the mean of the two middle ones if their number is even.
    pub fn median(&self) -> Option<f64> {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        if sorted.len() % 2 == 1 {
            return Some(upper);
        }
        Some(f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, upper))
    }

    /// The least and the greatest value.
    pub fn spread(&self) -> Option<(f64, f64)> {
        let sorted = self.sorted();
        Some((*sorted.first()?, *sorted.last()?))
    }

    /// The value below which this share of all lies, by nearest rank.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let sorted = self.sorted();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied()
    }

    /// Each value by that of the same round.
    pub fn by(&self, other: &Samples) -> Samples {
        Samples(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect())
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }
}

#[cfg(test)]
mod checks {
    use super::*;

    fn of(values: &[f64]) -> Samples {
        Samples(values.to_vec())
    }

    #[test]
    fn medians() {
        assert_eq!(of(&[]).median(), None);
        assert_eq!(of(&[3.0]).median(), Some(3.0));
        assert_eq!(of(&[9.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(of(&[4.0, 1.0, 2.0, 9.0]).median(), Some(3.0));
        assert_eq!(of(&[4.0, 1.0, 9.0]).spread(), Some((1.0, 9.0)));
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let hundred = Samples((1..=100).map(f64::from).collect());
        assert_eq!(hundred.percentile(0.99), Some(99.0));
        assert_eq!(hundred.percentile(0.5), Some(50.0));
        assert_eq!(of(&[7.0]).percentile(0.99), Some(7.0));
        assert_eq!(of(&[]).percentile(0.99), None);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        assert_eq!(of(&[2.0, 9.0]).by(&of(&[1.0, 3.0])), of(&[2.0, 3.0]));
    }
}
