// Package surroundings gives workloads what a provider's cluster would give
// them, and without which they would wait for ever: volumes for their claims,
// addresses for their load balancers.
package surroundings

import (
	"context"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

// Address is what every load balancer gets: it is kept for documentation
// (RFC 5737), nothing answers there.
const Address = "192.0.2.10"

// Start begins to watch and returns at once; it ends with ctx.
func Start(ctx context.Context, client kubernetes.Interface) error {
	if err := ensureStorageClass(ctx, client); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	follow(ctx, core.PersistentVolumeClaims().Informer(), provisioner{client}.provision)
	follow(ctx, core.PersistentVolumes().Informer(), provisioner{client}.reclaim)
	follow(ctx, core.Services().Informer(), balancer{client}.serveService)
	follow(ctx, factory.Networking().V1().Ingresses().Informer(), balancer{client}.serveIngress)
	factory.Start(ctx.Done())
	return nil
}

// follow calls act with each object when it appears and whenever it changes,
// one at a time, and again after a while where act fails.
func follow[T any](ctx context.Context, informer cache.SharedIndexInformer, act func(context.Context, *T) error) {
	queue := workqueue.NewTypedRateLimitingQueue(
		workqueue.NewTypedItemExponentialFailureRateLimiter[string](50*time.Millisecond, 10*time.Second))
	enqueue := func(object any) {
		if key, err := cache.MetaNamespaceKeyFunc(object); err == nil {
			queue.Add(key)
		}
	}
	// A handler can only be refused by an informer that was stopped.
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, object any) { enqueue(object) },
	})
	context.AfterFunc(ctx, queue.ShutDown)
	go func() {
		for {
			key, ended := queue.Get()
			if ended {
				return
			}
			object, exists, _ := informer.GetStore().GetByKey(key)
			var err error
			if exists {
				err = act(ctx, object.(*T))
			}
			if err == nil {
				queue.Forget(key)
			} else {
				klog.ErrorS(err, "will be tried again", "object", key)
				queue.AddRateLimited(key)
			}
			queue.Done(key)
		}
	}()
}
