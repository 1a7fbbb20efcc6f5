//! Deliveries that come otherwise than one after the other.

use merestone::standin::webhooks;

use super::{Story, TURNS};

impl Story {
    /// What waits is delivered `times` times at once, while so many workers work on it; then everything that follows.
    pub async fn all_at_once(&mut self, times: usize, workers: usize) {
        let (url, app, secret, waiting) = {
            let mut world = self.github();
            let waiting: Vec<_> = world.post.waiting.drain(..).collect();
            let url = world.app.webhook_url.clone().expect("the server is there");
            (url, world.app.id, world.app.webhook_secret.clone(), waiting)
        };
        let copies = waiting.iter().flat_map(|delivery| std::iter::repeat_n(delivery, times));
        let sent = copies.map(|delivery| webhooks::send(&url, delivery, app, &secret));
        let work = (0..workers).map(|_| async {
            for _ in 0..TURNS {
                if !self.bot.turn().await.expect("the store is there") {
                    tokio::task::yield_now().await;
                }
            }
        });
        let (answers, _) = futures::join!(futures::future::join_all(sent), futures::future::join_all(work));
        for answer in answers {
            assert!((200..300).contains(&answer.expect("the server is there")));
        }
        self.settle().await;
    }

    /// What the App's own doing had GitHub send of this kind, once more; then everything that follows.
    pub async fn again_by_us(&mut self, event: &str, action: &str) {
        {
            let mut world = self.github();
            let ours = world.app.account;
            let again: Vec<_> = world
                .post
                .sent
                .iter()
                .filter(|sent| (sent.event.as_str(), sent.action.as_str()) == (event, action))
                .filter(|sent| sent.payload["sender"]["id"] == ours)
                .cloned()
                .collect();
            world.post.waiting.extend(again);
        }
        self.settle().await;
    }
}
